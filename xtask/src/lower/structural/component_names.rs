//! Names for schemas that become components because something refers to them.

use crate::document::pointer;

/// A name for the schema at `at` that `taken` does not hold: short, of the tokens that mean something.
pub(super) fn name_for(at: &str, taken: impl Fn(&str) -> bool) -> String {
    let (short, long) = candidates(&pointer::tokens(at));
    for name in [&short, &long] {
        if !name.is_empty() && !taken(name) {
            return name.clone();
        }
    }
    let stem = if long.is_empty() { "Schema".to_owned() } else { long };
    let mut number = 2_usize;
    loop {
        let name = format!("{stem}{number}");
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// The shortest name that says what it is, and the one that also says where.
fn candidates(tokens: &[String]) -> (String, String) {
    let mut tokens = tokens.iter().map(String::as_str).peekable();
    let (mut short, mut long) = (String::new(), String::new());
    while let Some(token) = tokens.next() {
        let word = match token {
            "components" => {
                tokens.next();
                tokens.next().map(pascal).unwrap_or_default()
            }
            "paths" | "webhooks" => {
                let path = tokens.next().map(pascal).unwrap_or_default();
                let method = tokens
                    .peek()
                    .filter(|method| super::schemas::METHODS.contains(*method))
                    .map(|method| pascal(method));
                if method.is_some() {
                    tokens.next();
                }
                method.unwrap_or_default() + &path
            }
            "$defs" | "definitions" => {
                let name = tokens.next().map(pascal).unwrap_or_default();
                short.clear();
                name
            }
            "properties" | "dependentSchemas" | "headers" => tokens.next().map(pascal).unwrap_or_default(),
            "items" | "additionalItems" | "contains" => "Item".to_owned(),
            "prefixItems" | "x-tuple" => format!("Item{}", tokens.next().map_or(1, ordinal)),
            "additionalProperties" | "unevaluatedProperties" => "Value".to_owned(),
            "patternProperties" => {
                tokens.next();
                "Value".to_owned()
            }
            "oneOf" | "anyOf" => format!("Variant{}", tokens.next().map_or(1, ordinal)),
            "allOf" => format!("Part{}", tokens.next().map_or(1, ordinal)),
            "parameters" => format!("Parameter{}", tokens.next().map_or(1, ordinal)),
            "responses" => "Response".to_owned() + &tokens.next().map(pascal).unwrap_or_default(),
            "requestBody" => "Body".to_owned(),
            "content" => {
                tokens.next();
                String::new()
            }
            "schema" => String::new(),
            other => pascal(other),
        };
        short.push_str(&word);
        long.push_str(&word);
    }
    (short, long)
}

fn ordinal(index: &str) -> usize {
    index.parse::<usize>().map_or(1, |index| index.saturating_add(1))
}

fn pascal(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let mut letters = word.chars();
        out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(letters.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_unique() {
        for (at, taken, name) in [
            ("/components/schemas/Foo/properties/bar", vec![], "FooBar"),
            ("/components/schemas/Foo/properties/bars/items", vec![], "FooBarsItem"),
            ("/components/schemas/Foo/$defs/Bar", vec![], "Bar"),
            ("/components/schemas/Foo/$defs/Bar", vec!["Bar"], "FooBar"),
            ("/components/schemas/Foo/$defs/Bar", vec!["Bar", "FooBar"], "FooBar2"),
            ("/definitions/a-b", vec![], "AB"),
            ("/paths/~1a~1{b}/get/responses/200/content/application~1json/schema", vec![], "GetABResponse200"),
            ("/components/responses/NotFound/content/application~1json/schema", vec![], "NotFound"),
            ("/components/schemas/é", vec!["É"], "É2"),
            ("/components/schemas/--/oneOf/x", vec![], "Variant1"),
        ] {
            assert_eq!(name_for(at, |name| taken.contains(&name)), name, "{at}");
        }
    }
}
