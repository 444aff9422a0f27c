//! Progress through the pages of a list, for people.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::terminal::Terminal;

/// A bar on standard error while pages are fetched; nothing where no person reads there. It goes when it is dropped.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar, if somebody is there to see it and the output does not run through it.
    pub(crate) fn new(terminal: Terminal, is_streaming: bool) -> Self {
        let is_free = !(is_streaming && terminal.stdout);
        Self((terminal.stderr && terminal.stderr_colour && is_free).then(bar))
    }

    /// A page has come.
    pub(crate) fn page(&self, page: &Value, items: usize) {
        let Some(bar) = &self.0 else { return };
        if let Some(count) = page["meta"]["pagination"]["count"].as_u64() {
            bar.set_length(count);
        }
        bar.inc(u64::try_from(items).unwrap_or_default());
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // A template that is wrong would leave the bar as it is by default.
    if let Ok(style) = ProgressStyle::with_template("{bar:30.cyan} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.tick();
    bar
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
