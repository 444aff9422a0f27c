//! The tags `increment` and `decrement`.
//!
//! A counter is apart from the variables that `assign` and `capture` make, though it may have the name of one; a name that stands
//! for nothing else shows the counter. The tags of the library keep counters where nothing can show them.

use std::io::Write;

use liquid::model::{KString, ScalarCow};
use liquid_core::error::ResultLiquidReplaceExt as _;
use liquid_core::{
    Language, ParseTag, Renderable, Result, Runtime, TagReflection, TagTokenIter, Value, ValueView as _,
};

/// A tag that counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counter {
    /// It writes the counter, then adds one. The first time it writes 0.
    Increment,
    /// It takes one off, then writes the counter. The first time it writes -1.
    Decrement,
}

#[derive(Debug)]
struct Count {
    tag: Counter,
    name: KString,
}

impl TagReflection for Counter {
    fn tag(&self) -> &str {
        match self {
            Self::Increment => "increment",
            Self::Decrement => "decrement",
        }
    }

    fn description(&self) -> &str {
        "Counts."
    }
}

impl ParseTag for Counter {
    fn parse(&self, mut arguments: TagTokenIter<'_>, _: &Language) -> Result<Box<dyn Renderable>> {
        let name = arguments.expect_next("Identifier expected.")?.expect_identifier().into_result()?;
        let name = KString::from_ref(name);
        arguments.expect_nothing()?;
        Ok(Box::new(Count { tag: *self, name }))
    }

    fn reflection(&self) -> &dyn TagReflection {
        self
    }
}

impl Renderable for Count {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let counter = runtime.get_index(&self.name).and_then(|value| value.as_scalar()?.to_integer()).unwrap_or(0);
        let shown = runtime.try_get(&[ScalarCow::new(self.name.clone())]).map(|value| value.to_value());
        let (written, after) = match self.tag {
            Counter::Increment => (counter, counter.saturating_add(1)),
            Counter::Decrement => (counter.saturating_sub(1), counter.saturating_sub(1)),
        };
        write!(writer, "{written}").replace("Failed to render")?;
        runtime.set_index(self.name.clone(), Value::scalar(after));
        if shown.is_none_or(|shown| shown.is_nil() || shown == Value::scalar(counter)) {
            runtime.set_global(self.name.clone(), Value::scalar(after));
        }
        Ok(())
    }
}
