//! What is known of the terminal, if there is one.

use std::io::IsTerminal as _;

/// Which streams are terminals, and whether colours are wanted there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Whether a person types.
    pub(crate) stdin: bool,
    /// Whether a person reads the output.
    pub(crate) stdout: bool,
    /// Whether a person reads the messages.
    pub(crate) stderr: bool,
    /// Whether the output has colours.
    pub(crate) colour: bool,
    /// Whether the messages have colours.
    pub(crate) stderr_colour: bool,
}

impl Terminal {
    /// What holds for this process.
    pub(crate) fn detect() -> Self {
        let stdout = std::io::stdout().is_terminal();
        let stderr = std::io::stderr().is_terminal();
        let wish = Wish::from_environment();
        Self {
            stdin: std::io::stdin().is_terminal(),
            stdout,
            stderr,
            colour: wish.holds(stdout),
            stderr_colour: wish.holds(stderr),
        }
    }

    /// How many characters a line of the output has.
    pub(crate) fn width(self) -> Option<u16> {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        self.stdout.then(|| size.map(|(width, _)| width.0)).flatten()
    }
}

/// What the environment says about colours: `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR`, `TERM`.
enum Wish {
    Never,
    Always,
    OnTerminals,
}

impl Wish {
    fn from_environment() -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is = |name, wanted| std::env::var_os(name).is_some_and(|value| value == wanted);
        if is_set("NO_COLOR") {
            Self::Never
        } else if is_set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") {
            Self::Always
        } else if is("CLICOLOR", "0") || is("TERM", "dumb") {
            Self::Never
        } else {
            Self::OnTerminals
        }
    }

    fn holds(&self, is_terminal: bool) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::OnTerminals => is_terminal,
        }
    }
}
