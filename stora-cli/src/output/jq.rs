//! `--jq`: filters in the language of jq, run by jaq.

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, load, unwrap_valr};
use jaq_json::Val;
use serde_json::Value;

use crate::failure::Failure;

/// A filter that was compiled.
pub(crate) struct Filter {
    compiled: jaq_core::compile::Filter<jaq_core::Native<data::JustLut<Val>>>,
    text: String,
}

impl Filter {
    /// Compiles a filter.
    pub(crate) fn new(text: &str) -> Result<Self, Failure> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let arena = Arena::default();
        let wrong = |what: String| Failure::usage(format!("the jq expression `{text}` cannot be used: {what}"));
        let modules = Loader::new(definitions).load(&arena, File { code: text, path: () }).map_err(|errors| {
            wrong(errors.into_iter().map(|(_, error)| unread(error)).collect::<Vec<_>>().join("; "))
        })?;
        let compiled = Compiler::default().with_funs(functions).compile(modules).map_err(|errors| {
            let unknown = errors.into_iter().flat_map(|(_, errors)| errors);
            wrong(
                unknown
                    .map(|(name, kind)| format!("there is no {} `{name}`", kind.as_str()))
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        })?;
        Ok(Self { compiled, text: text.to_owned() })
    }

    /// What the filter makes of a value.
    pub(crate) fn run(&self, value: &Value) -> Result<Vec<Value>, Failure> {
        let failed = |what: String| Failure::usage(format!("the jq expression `{}` fails: {what}", self.text));
        let input = serde_json::from_value::<Val>(value.clone()).map_err(|error| failed(error.to_string()))?;
        let context = Ctx::<data::JustLut<Val>>::new(&self.compiled.lut, Vars::new([]));
        let results = self.compiled.id.run((context, input)).map(unwrap_valr);
        results
            .map(|result| {
                let result = result.map_err(|error| failed(error.to_string()))?;
                serde_json::from_str(&result.to_string())
                    .map_err(|error| failed(format!("a result is not JSON: {error}")))
            })
            .collect()
    }
}

/// Why a filter cannot be read.
fn unread(error: load::Error<&str>) -> String {
    let found = |rest: &str| if rest.is_empty() { "its end".to_owned() } else { format!("`{rest}`") };
    match error {
        load::Error::Io(errors) => {
            errors.into_iter().map(|(path, error)| format!("{path}: {error}")).collect::<Vec<_>>().join("; ")
        }
        load::Error::Lex(errors) => {
            let faults = errors.into_iter();
            faults
                .map(|(wanted, rest)| format!("expected {} at {}", wanted.as_str(), found(rest)))
                .collect::<Vec<_>>()
                .join("; ")
        }
        load::Error::Parse(errors) => {
            let faults = errors.into_iter();
            faults
                .map(|(wanted, rest)| format!("expected {} at {}", wanted.as_str(), found(rest)))
                .collect::<Vec<_>>()
                .join("; ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filter_gives_its_results_in_order() {
        let filter = Filter::new(r#".a[] | select(.n > 1) | "\(.id)!", {id}"#).unwrap();
        let results = filter.run(&json!({"a": [{"id": "x", "n": 1}, {"id": "y", "n": 2}]})).unwrap();
        assert_eq!(results, [json!("y!"), json!({"id": "y"})]);
    }

    #[test]
    fn keys_keep_their_order_and_numbers_their_digits() {
        let filter = Filter::new(".").unwrap();
        let value = json!({"z": 9_007_199_254_740_993_i64, "a": 1.5});
        assert_eq!(filter.run(&value).unwrap()[0].to_string(), value.to_string());
    }

    #[test]
    fn what_is_wrong_with_a_filter_is_told() {
        for (text, part) in [(".a[", "cannot be used"), ("foo(1)", "`foo"), ("\"a", "cannot be used")] {
            let message = Filter::new(text).err().unwrap().to_string();
            assert!(message.contains(part), "{message}");
        }
        let message = Filter::new(".a + 1").unwrap().run(&json!({"a": {}})).unwrap_err().to_string();
        assert!(message.contains("fails"), "{message}");
    }
}
