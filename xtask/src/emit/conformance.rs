//! Which type stands for what in the document, for tests that hold the two against each other.

use super::types::literal;
use super::{Files, MARK};
use crate::model::{Body, BodyForm, Kind, Model, Ty, Type};

/// The table: every component, request body, answer and event with a function that decodes and encodes again. `client` is
/// the crate that holds the types.
pub fn conformance(model: &Model, client: &str) -> Files {
    let mut out = format!(
        "{MARK}//! Every component, request body, answer and event of the document, with its type.\n\n\
         use serde_json::{{Error, Value}};\nuse {client}::{{Expandable, types}};\n\nuse crate::again;\n\n\
         type Again = fn(&Value) -> Result<Value, Error>;\n"
    );
    let outside = |ty: &Ty| ty.render("types::").replace("crate::", &format!("{client}::"));
    let components = model.types.iter().filter_map(|ty| {
        let name = ty.component.as_ref()?;
        Some(format!("({}, again::<{}>)", literal(name), component_type(ty)))
    });
    table(&mut out, "Components by their name.", "COMPONENTS: &[(&str, Again)]", components);
    let bodies = model.operations.iter().filter_map(|operation| {
        let (BodyForm::Json(ty) | BodyForm::Form(ty)) = &operation.body.as_ref()?.form else { return None };
        Some(format!("({}, again::<{}>)", literal(&operation.id), outside(ty)))
    });
    table(&mut out, "Request bodies by the operation.", "BODIES: &[(&str, Again)]", bodies);
    let answers = model.operations.iter().filter_map(|operation| {
        let Body::Json(ty) = &operation.success else { return None };
        Some(format!("({}, again::<{}>)", literal(&operation.id), outside(ty)))
    });
    table(&mut out, "Successful answers by the operation.", "ANSWERS: &[(&str, Again)]", answers);
    let errors = model.operations.iter().flat_map(|operation| match &operation.error {
        Body::Json(ty) => operation
            .error_statuses
            .iter()
            .map(|status| format!("({}, {}, again::<{}>)", literal(&operation.id), literal(status), outside(ty)))
            .collect(),
        Body::Union(name) => {
            let arms = model.results.iter().filter(|result| result.name == *name).flat_map(|result| &result.arms);
            arms.filter_map(|arm| match &arm.body {
                Body::Json(ty) => {
                    Some(format!("({}, {}, again::<{}>)", literal(&operation.id), literal(&arm.status), outside(ty)))
                }
                _ => None,
            })
            .collect::<Vec<_>>()
        }
        _ => Vec::new(),
    });
    table(&mut out, "Answers of failures by the operation and the status.", "ERRORS: &[(&str, &str, Again)]", errors);
    let events = model.events.iter().flat_map(|events| &events.list);
    let events = events.map(|event| format!("({}, again::<{}>)", literal(&event.value), outside(&event.ty)));
    table(&mut out, "Payloads by the event.", "EVENTS: &[(&str, Again)]", events);
    Files::from([
        ("schemas.rs".to_owned(), out),
        ("mod.rs".to_owned(), format!("{MARK}//! What is generated.\n\npub mod schemas;\n")),
    ])
}

fn table(out: &mut String, doc: &str, head: &str, rows: impl Iterator<Item = String>) {
    out.push_str(&format!("\n/// {doc}\npub const {head} = &[\n"));
    rows.for_each(|row| out.push_str(&format!("    {row},\n")));
    out.push_str("];\n");
}

/// A resource stands in the document both in full and as its id alone.
fn component_type(ty: &Type) -> String {
    let is_resource = match &ty.kind {
        Kind::Struct(object) => object.resource_id.is_some(),
        Kind::Union(union) => union.resource_id.is_some(),
        _ => false,
    };
    if is_resource { format!("Expandable<types::{}>", ty.name) } else { format!("types::{}", ty.name) }
}
