//! A small document, and what becomes of it in the tables.

use super::{CommandTable, cli, mock};
use crate::document::{self, Document};
use crate::emit::{Files, MARK};
use crate::lower;
use crate::model::{self, Model};

const SHOP: &str = r##"
openapi: 3.1.1
info: {title: Shop, version: '1'}
tags:
  - {name: Pets, description: Animals for sale.}
paths:
  /pets:
    get:
      operationId: pet_list
      summary: List the pets
      tags: [Pets]
      security: [{OAuth: ['pets:read']}]
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 0}}
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 20, default: 10}}
        - {name: sort_by, in: query, schema: {type: string, enum: [name, age], default: age}}
        - {name: sort_direction, in: query, schema: {type: string, enum: [up, down], default: up}}
        - {name: kind, in: query, style: form, explode: false, schema: {type: array, items: {type: string, enum: [cat, dog]}}}
        - {name: 'on', in: query, required: true, schema: {type: string, format: date}, x-evidence: inferred}
        - name: expand
          in: query
          style: form
          explode: false
          schema: {type: array, items: {type: string, enum: [owner, home]}}
          x-expand-scopes: {owner: ['owners:read']}
      responses:
        '200': {description: All., content: {application/json: {schema: {$ref: '#/components/schemas/pet_list'}}, text/csv: {}}}
        '4XX': {description: Not so.}
        '404': {description: Not there.}
  /pets/{id}/visits:
    post:
      operationId: pet_visit_create
      summary: Book a visit
      tags: [Pets]
      security: []
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}, description: 'The pet. It must be alive.'}
        - {name: note, in: query, schema: {type: string}}
        - {name: output, in: query, schema: {type: boolean}}
        - {name: X-Key, in: header, required: true, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [id, note, version]
              properties:
                id: {type: string}
                note: {type: [string, 'null'], description: "Words\n  in lines."}
                version: {const: one}
                count: {type: [integer, 'null']}
                weights: {type: array, items: {type: number}}
                sitter: {type: object, properties: {name: {type: string}}}
      responses:
        '201': {description: Booked.}
components:
  securitySchemes:
    OAuth:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: '/token', scopes: {'pets:read': See the pets, 'owners:read': See who owns them}}}
  schemas:
    pet_list:
      type: object
      required: [pets, meta]
      properties:
        pets: {type: array, items: {type: string}}
        meta:
          type: object
          required: [pagination]
          properties:
            pagination:
              type: object
              required: [next_page]
              properties: {next_page: {type: [integer, 'null']}}
"##;

fn document() -> Document {
    document::parse(SHOP).unwrap()
}

fn shop() -> Model {
    model::build(&lower::lower(&document()).unwrap().root)
}

fn assert_holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn the_contract_says_what_the_document_says() {
    let files = mock(&shop(), &document());
    let text = &files["operations.rs"];
    assert_holds(
        text,
        &[
            "pub static OPERATIONS: [Operation; 2] = [",
            "    /// List the pets: `GET /pets`.\n    PetList,\n",
            "scopes: &[\"pets:read\"],",
            "expand: Some(&[Expand::new(\"owner\").scopes(&[\"owners:read\"]), Expand::new(\"home\")]),",
            "sort: Some(Sort::by(&[\"name\", \"age\"]).default(\"age\").directions(&[\"up\", \"down\"]).default_direction(\"up\")),",
            "Filter::many(\"kind\").values(&[\"cat\", \"dog\"])",
            "Filter::one(\"on\").format(\"date\").required().evidence(\"inferred\")",
            "errors: &[404],",
            "produces: &[\"application/json\", \"text/csv\"],",
            "filters: &[Filter::one(\"note\"), Filter::one(\"output\")],",
            "headers: &[Header::required(\"X-Key\")],",
            "body: Some(RequestBody::required(&[\"application/json\"]).schema(bodies::PET_VISIT_CREATE)),",
            "success: &[201],",
            "pub static EVENTS: [EventType; 0] = [\n];",
            "Scope { name: \"owners:read\", description: \"See who owns them\" },",
        ],
    );
}

fn commands(model: &Model) -> Files {
    cli(&[CommandTable { module: "commands", prefix: "", model }])
}

#[test]
fn documents_beside_each_other_have_a_module_and_statics_each() {
    let (shop, empty) = (shop(), Model::default());
    let files = cli(&[
        CommandTable { module: "commands", prefix: "", model: &shop },
        CommandTable { module: "back_office", prefix: "BACK_OFFICE_", model: &empty },
    ]);
    assert_eq!(files["commands.rs"], commands(&shop)["commands.rs"]);
    assert_holds(
        &files["mod.rs"],
        &[
            "mod commands;\nmod back_office;\n",
            "pub use commands::{COMMANDS, GROUPS};\npub use back_office::{BACK_OFFICE_COMMANDS, BACK_OFFICE_GROUPS};\n",
        ],
    );
    assert_holds(
        &files["back_office.rs"],
        &["pub static BACK_OFFICE_COMMANDS: [Operation; 0]", "pub static BACK_OFFICE_GROUPS: [Group; 0]"],
    );
}

#[test]
fn the_commands_take_what_the_document_takes() {
    let files = commands(&shop());
    let text = &files["commands.rs"];
    assert_holds(
        text,
        &[
            "Group { path: &[\"pets\"], about: \"Animals for sale.\" },",
            "name: \"visit-create\",\n        id: \"pet_visit_create\",",
            "Positional::new(\"ID\", \"id\").help(\"The pet.\").details(\" It must be alive.\")",
            "Flag::query(\"kind\", \"kind\", Kind::Text(\"VALUE\")).style(Style::Comma).many().values(&[\"cat\", \"dog\"])",
            "Flag::query(\"on\", \"on\", Kind::Text(\"DATE\")).required()",
            "Flag::query(\"limit\", \"limit\", Kind::Integer).default(\"10\")",
            "Flag::header(\"x-key\", \"X-Key\", Kind::Text(\"TEXT\")).required()",
            "Flag::body(\"id\", \"id\", Kind::Text(\"TEXT\")).required()",
            "Flag::body(\"weights\", \"weights\", Kind::Number).many()",
            "Flag::body(\"count\", \"count\", Kind::Integer).nullable()",
            "Flag::body(\"sitter\", \"sitter\", Kind::Json).help(\"An object of `name`.\")",
            // What can have one value only need not be said.
            "Flag::body(\"body-version\", \"version\", Kind::Text(\"VALUE\")).values(&[\"one\"]).default(\"one\")",
            "body: Some(Body::required(\"application/json\").constants(&[(\"version\", \"one\")])),",
        ],
    );
}

#[test]
fn flags_that_would_be_called_alike_are_told_apart_by_their_place() {
    let files = commands(&shop());
    let text = &files["commands.rs"];
    assert_holds(
        text,
        &[
            // The query comes first, so that the property gives way; `--output` is the CLI's own.
            "Flag::query(\"note\", \"note\", Kind::Text(\"TEXT\"))",
            "Flag::body(\"body-note\", \"note\", Kind::Text(\"TEXT\")).required().nullable().help(\"Words in lines.\")",
            "Flag::query(\"query-output\", \"output\", Kind::Boolean)",
        ],
    );
}

#[test]
fn tables_are_marked_and_the_same_each_time() {
    let tables = || (mock(&shop(), &document()), commands(&shop()));
    let (mock, cli) = tables();
    for (path, text) in mock.iter().chain(&cli).filter(|(path, _)| path.ends_with(".rs")) {
        assert!(text.starts_with(MARK), "{path}");
        syn::parse_file(text).unwrap();
    }
    assert_eq!((mock, cli), tables());
}

#[test]
fn a_document_without_anything_gives_empty_tables() {
    let model = Model::default();
    assert_holds(&mock(&model, &document())["operations.rs"], &["pub enum OperationId {\n}", "[Operation; 0]"]);
    assert_holds(&commands(&model)["commands.rs"], &["[Operation; 0]", "[Group; 0]"]);
}
