//! The columns of the lists: what an item of each looks like as one row of a table.
//!
//! A type that is an object, or one of several, has a table of its own, which others point to. So types may refer to each
//! other in circles, and how far a row follows them is for the mock to say.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use heck::ToShoutySnakeCase;

use crate::emit::types::literal;
use crate::lower::names::Unique;
use crate::model::{Body, Kind, Model, Operation, Rest, Ty, Type};

/// The name of the table of all lists.
const LISTS: &str = "LISTS";

/// The module of the columns; `variants` are the names of the operations in Rust, in the order of the model.
pub(super) fn columns(model: &Model, variants: &[String]) -> String {
    let tables = Tables::new(model);
    let lists: Vec<(&str, &Type)> = variants
        .iter()
        .zip(&model.operations)
        .filter_map(|(variant, operation)| Some((variant.as_str(), tables.item_of(operation)?)))
        .collect();
    let mut out = format!(
        "//! What an item of each list looks like as a row of a table.\n\nuse super::OperationId;\n#[allow(unused_imports)]\n\
         use crate::contract::csv::{{Column, Shape}};\n\n/// The shape of an item of every list, by the operation that gives the \
         list.\npub(crate) static {LISTS}: [(OperationId, &Shape); {}] = [\n",
        lists.len()
    );
    for (variant, item) in &lists {
        let _ = writeln!(out, "    (OperationId::{variant}, &{}),", tables.names[item.name.as_str()]);
    }
    out.push_str("];\n");
    let reached = tables.reach(lists.into_iter().map(|(_, item)| item));
    for ty in model.types.iter().filter(|ty| reached.contains(ty.name.as_str())) {
        out.push_str(&tables.table(ty));
    }
    out
}

/// What a value comes to in a row.
#[derive(Clone, Copy)]
enum Form<'a> {
    /// One column.
    Value,
    /// The columns of a type that has a table.
    Table(&'a Type),
    /// The id of a resource, or its columns.
    Reference(&'a Type),
    /// The id of a resource that is never shown in full.
    Id,
}

impl<'a> Form<'a> {
    /// The form as a reference to a `Shape`.
    fn render(self, names: &HashMap<&str, String>) -> String {
        match self {
            Self::Value => "&Shape::Value".to_owned(),
            Self::Table(ty) => format!("&{}", names[ty.name.as_str()]),
            Self::Reference(ty) => format!("&Shape::Reference(&{})", names[ty.name.as_str()]),
            Self::Id => "&Shape::Object(&[Column::new(\"id\", &Shape::Value)])".to_owned(),
        }
    }

    /// The type whose table it points to.
    fn table(self) -> Option<&'a Type> {
        match self {
            Self::Table(ty) | Self::Reference(ty) => Some(ty),
            Self::Value | Self::Id => None,
        }
    }
}

/// The types of a model, with the names that their tables have.
struct Tables<'a> {
    types: HashMap<&'a str, &'a Type>,
    names: HashMap<&'a str, String>,
}

impl<'a> Tables<'a> {
    fn new(model: &'a Model) -> Self {
        let mut unique = Unique::default();
        unique.take(LISTS);
        let types = model.types.iter().map(|ty| (ty.name.as_str(), ty)).collect();
        let names =
            model.types.iter().map(|ty| (ty.name.as_str(), unique.take(&ty.name.to_shouty_snake_case()))).collect();
        Self { types, names }
    }

    /// The type of the items of the list that an operation gives, if it gives one of objects.
    fn item_of(&self, operation: &Operation) -> Option<&'a Type> {
        let Body::Json(Ty::Named(answer)) = &operation.success else { return None };
        let Kind::Struct(answer) = &self.types.get(answer.as_str())?.kind else { return None };
        self.form(&answer.page.as_ref()?.item).table()
    }

    fn form(&self, ty: &Ty) -> Form<'a> {
        match ty {
            Ty::String | Ty::Secret | Ty::Bool | Ty::Integer(_) | Ty::Float | Ty::DateTime | Ty::Date | Ty::File => {
                Form::Value
            }
            Ty::Value | Ty::Map(_) | Ty::List(_) | Ty::Tuple(_) | Ty::CommaList(_) => Form::Value,
            // What is boxed holds itself: followed further, it would have columns without end.
            Ty::Boxed(_) => Form::Value,
            Ty::Option(ty) | Ty::Nullable(ty) => self.form(ty),
            Ty::Expandable(ty) => match self.form(ty) {
                Form::Table(ty) => Form::Reference(ty),
                other => other,
            },
            Ty::Reference(_) => Form::Id,
            // Ids and constants are no types of the model.
            Ty::Named(name) => self.types.get(name.as_str()).map_or(Form::Value, |ty| self.form_of_type(ty)),
        }
    }

    fn form_of_type(&self, ty: &'a Type) -> Form<'a> {
        match &ty.kind {
            Kind::Enum(_) => Form::Value,
            Kind::Alias(inner) | Kind::Newtype(inner) => self.form(inner),
            // Keys that the document does not name can be no columns.
            Kind::Struct(object) if matches!(object.rest, Rest::Map(_)) => Form::Value,
            Kind::Struct(_) => Form::Table(ty),
            Kind::Union(union) => {
                let is_plain = |ty: &Ty| matches!(self.form(ty), Form::Value);
                if union.variants.iter().all(|variant| is_plain(&variant.ty)) { Form::Value } else { Form::Table(ty) }
            }
        }
    }

    /// What the table of a type is made of: names of columns for an object, and none of them for one of several.
    fn parts(&self, ty: &'a Type) -> Vec<(Option<&'a str>, Form<'a>)> {
        match &ty.kind {
            Kind::Struct(object) => {
                object.fields.iter().map(|field| (Some(field.wire.as_str()), self.form(&field.ty))).collect()
            }
            Kind::Union(union) => union.variants.iter().map(|variant| (None, self.form(&variant.ty))).collect(),
            Kind::Alias(_) | Kind::Newtype(_) | Kind::Enum(_) => Vec::new(),
        }
    }

    /// The names of these types and of all types that their tables lead to.
    fn reach(&self, types: impl Iterator<Item = &'a Type>) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut work: Vec<&Type> = types.collect();
        while let Some(ty) = work.pop() {
            if reached.insert(ty.name.as_str()) {
                work.extend(self.parts(ty).into_iter().filter_map(|(_, form)| form.table()));
            }
        }
        reached
    }

    fn table(&self, ty: &'a Type) -> String {
        let kind = if matches!(ty.kind, Kind::Union(_)) { "OneOf" } else { "Object" };
        let mut out = format!("\nstatic {}: Shape = Shape::{kind}(&[\n", self.names[ty.name.as_str()]);
        for (name, form) in self.parts(ty) {
            let shape = form.render(&self.names);
            let _ = match name {
                Some(name) => writeln!(out, "    Column::new({}, {shape}),", literal(name)),
                None => writeln!(out, "    {shape},"),
            };
        }
        out.push_str("]);\n");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{document, lower, model};

    const SHOP: &str = r##"
openapi: 3.1.1
info: {title: Shop, version: '1'}
paths:
  /pets:
    get:
      operationId: pet_list
      parameters: [{name: page, in: query, schema: {type: integer}}]
      responses:
        '200': {description: All., content: {application/json: {schema: {$ref: '#/components/schemas/pet_list'}}}}
  /names:
    get:
      operationId: name_list
      parameters: [{name: page, in: query, schema: {type: integer}}]
      responses:
        '200': {description: All., content: {application/json: {schema: {$ref: '#/components/schemas/name_list'}}}}
components:
  schemas:
    pet_list: {allOf: [{$ref: '#/components/schemas/paged'}], type: object, required: [pets], properties: {pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
    name_list: {allOf: [{$ref: '#/components/schemas/paged'}], type: object, required: [names], properties: {names: {type: array, items: {type: string}}}}
    paged: {type: object, required: [meta], properties: {meta: {type: object, required: [next], properties: {next: {type: [integer, 'null']}}}}}
    Pet:
      oneOf:
        - {$ref: '#/components/schemas/Cat'}
        - {$ref: '#/components/schemas/Dog'}
        - {type: object, required: [id], properties: {id: {type: string}}}
    Cat:
      type: object
      required: [id, kind, owner]
      properties:
        id: {type: string}
        kind: {const: cat}
        owner: {oneOf: [{$ref: '#/components/schemas/Owner'}, {type: 'null'}]}
        price: {$ref: '#/components/schemas/Price'}
        labels: {type: object, additionalProperties: {type: string}}
    Dog:
      type: object
      required: [id, kind]
      properties:
        id: {type: string}
        kind: {const: dog}
        tricks: {type: array, items: {type: string}}
        size: {oneOf: [{type: integer}, {type: string}]}
        bed: {oneOf: [{$ref: '#/components/schemas/Owner'}, {$ref: '#/components/schemas/Basket'}]}
    Owner:
      oneOf:
        - type: object
          required: [id, favourite]
          properties: {id: {type: string}, name: {type: [string, 'null']}, favourite: {$ref: '#/components/schemas/Pet'}}
        - {type: object, required: [id], properties: {id: {type: string}}}
    Price: {type: object, required: [amount], properties: {amount: {type: integer}, before: {$ref: '#/components/schemas/Price'}}}
    Basket: {type: object, required: [colour], properties: {colour: {type: string, enum: [red, blue]}}}
    Unused: {type: object, required: [colour], properties: {colour: {type: string}}}
"##;

    fn shop() -> String {
        let document = document::parse(SHOP).unwrap();
        let model = model::build(&lower::lower(&document).unwrap().root);
        columns(&model, &["PetList".to_owned(), "NameList".to_owned()])
    }

    #[test]
    fn every_list_of_objects_has_columns_and_what_no_list_leads_to_has_none() {
        let text = shop();
        assert!(
            text.contains(
                "pub(crate) static LISTS: [(OperationId, &Shape); 1] = [\n    (OperationId::PetList, &PET),\n];"
            ),
            "{text}"
        );
        assert!(!text.contains("UNUSED"), "{text}");
        syn::parse_file(&text).unwrap();
    }

    #[test]
    fn a_type_with_variants_has_the_columns_of_all() {
        assert!(shop().contains("static PET: Shape = Shape::OneOf(&[\n    &CAT,\n    &DOG,\n]);"), "{}", shop());
    }

    #[test]
    fn a_column_says_what_its_cells_hold() {
        let text = shop();
        for column in [
            "\"id\", &Shape::Value",
            "\"kind\", &Shape::Value",
            "\"owner\", &Shape::Reference(&OWNER)",
            "\"price\", &PRICE",
            "\"labels\", &Shape::Value",
            "\"tricks\", &Shape::Value",
            "\"size\", &Shape::Value",
            "\"colour\", &Shape::Value",
        ] {
            assert!(text.contains(&format!("    Column::new({column}),\n")), "{column}\n{text}");
        }
    }

    #[test]
    fn references_go_in_circles_and_what_holds_itself_is_one_value() {
        let text = shop();
        assert!(text.contains("Column::new(\"favourite\", &Shape::Reference(&PET))"), "{text}");
        assert!(text.contains("Column::new(\"before\", &Shape::Value)"), "{text}");
    }

    #[test]
    fn a_resource_or_an_object_in_its_place_gives_the_columns_of_both() {
        assert!(shop().contains("= Shape::OneOf(&[\n    &Shape::Reference(&OWNER),\n    &BASKET,\n]);"), "{}", shop());
    }
}
