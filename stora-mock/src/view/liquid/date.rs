//! The filter `date`, by the clock of the operator.

use liquid::model::{DateTime, ScalarCow};
use liquid_core::{
    Display_filter, Error, Expression, Filter, FilterParameters, FilterReflection, FromFilterParameters, ParseFilter,
    Result, Runtime, Value, ValueView,
};

/// The variable that holds the instant of now. No message can ask for it, for its name has a space.
pub(super) const NOW: &str = "the instant";

#[derive(Debug, FilterParameters)]
struct DateParameters {
    #[parameter(description = "The format to write it in.", arg_type = "str")]
    format: Expression,
}

/// Writes an instant in a format, as the filter of the library does; but `now` and `today` are by the clock of the operator, and
/// not by that of the machine.
#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(name = "date", description = "Writes an instant in a format.", parameters(DateParameters), parsed(DateFilter))]
pub(super) struct Date;

#[derive(Debug, FromFilterParameters, Display_filter)]
#[name = "date"]
struct DateFilter {
    #[parameters]
    args: DateParameters,
}

impl Filter for DateFilter {
    fn evaluate(&self, input: &dyn ValueView, runtime: &dyn Runtime) -> Result<Value> {
        let args = self.args.evaluate(runtime)?;
        match input.as_scalar().and_then(|input| instant(&input, runtime)) {
            Some(at) if !args.format.is_empty() => {
                let text = at.format(args.format.as_str());
                let text = text.map_err(|_| Error::with_msg(format!("Invalid date-format string: {}", args.format)))?;
                Ok(Value::scalar(text))
            }
            _ => Ok(input.to_value()),
        }
    }
}

/// The instant that a value stands for.
fn instant(input: &ScalarCow<'_>, runtime: &dyn Runtime) -> Option<DateTime> {
    let word = input.to_kstr();
    if ["now", "today"].iter().any(|now| word.trim().eq_ignore_ascii_case(now)) {
        return runtime.try_get(&[ScalarCow::new(NOW)])?.as_scalar()?.to_date_time();
    }
    input.to_date_time()
}
