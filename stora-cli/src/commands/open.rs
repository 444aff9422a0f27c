//! `stora open`: the pages for people that resources lead to.

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::Value;
use stora_client::call;
use stora_client::reqwest::Url;

use super::{Command, Running};
use crate::COMMANDS;
use crate::command::Operation;
use crate::context::{Access, Context};
use crate::failure::Failure;
use crate::output::write_line;
use crate::request::{Parts, Prepared, known, read_json, segment};

pub(crate) const COMMAND: Command = Command {
    name: "open",
    about: "Open the page that a resource leads to, such as the checkout of an order",
    arguments,
    run: |context, matches| -> Running<'_> { Box::pin(run(context, matches)) },
};

/// Which operation shows the resource of an id, by its prefix.
const SHOWN_BY: [(&str, &str); 22] = [
    ("aevt_", "timeline_event_show"),
    ("alloc_", "unit_allocation_show"),
    ("con_", "contact_show"),
    ("cpn_", "coupon_show"),
    ("cred_", "credit_note_show"),
    ("ctr_", "contract_show"),
    ("deal_", "deal_show"),
    ("dstg_", "deal_stage_show"),
    ("idver_", "identity_verification_show"),
    ("inv_", "invoice_show"),
    ("note_", "note_show"),
    ("order_", "order_show"),
    ("pcat_", "product_category_show"),
    ("plvl_", "protection_level_show"),
    ("prod_", "product_show"),
    ("site_", "site_show"),
    ("staff_", "staff_show"),
    ("sub_", "subscription_show"),
    ("task_", "task_show"),
    ("ten_", "tenancy_show"),
    ("unit_", "unit_show"),
    ("utype_", "unit_type_show"),
];

const LONG: &str = "\
Opens the page that a resource leads to in the browser: the checkout of an order (`payment_url`), or what stands in its `_links`. \
An http or https address is opened as it is.

  stora open order_5740170225fd4448
  stora open ctr_ee1d4a24f216a6a8 --link sf:show_contract --print";

fn arguments(command: clap::Command) -> clap::Command {
    command
        .long_about(LONG)
        .arg(Arg::new("target").value_name("ID|URL").required(true).help("The id of a resource, or an address"))
        .arg(Arg::new("link").long("link").value_name("NAME").help("The link, if there are several"))
        .arg(Arg::new("print").long("print").help("Prints the address and opens nothing").action(ArgAction::SetTrue))
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let target = matches.get_one::<String>("target").map(String::as_str).unwrap_or_default();
    let wanted = matches.get_one::<String>("link").map(String::as_str);
    let url = if target.contains(':') { target.to_owned() } else { link(context, target, wanted).await? };
    let url = checked(&url)?;
    if matches.get_flag("print") {
        return write_line(url.as_str());
    }
    open::that_detached(url.as_str())
        .map_err(|error| Failure::local(format!("no browser can be started; the address is {url}"), Some(error.into())))
}

/// An address that a browser may be sent to: a resource may hold any, and not each of them leads to a page.
fn checked(text: &str) -> Result<Url, Failure> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => Err(Failure::usage(format!("`{text}` is not an http or https address, and is not opened"))),
    }
}

/// The address of a link of a resource.
async fn link(context: &Context, id: &str, wanted: Option<&str>) -> Result<String, Failure> {
    let Some(row) = operation(id) else {
        return Err(Failure::usage_with_advice(
            format!("`{id}` is neither an address nor the id of a resource that can be shown"),
            "Ids have a prefix that tells what they are, such as order_ or ctr_.",
        ));
    };
    let client = context.client(Access::Needed)?;
    let path = row
        .positionals
        .iter()
        .fold(row.path.to_owned(), |path, positional| path.replace(&format!("{{{}}}", positional.wire), &segment(id)));
    let parts = Parts { path, accept: Some("application/json"), ..Parts::default() };
    let answer = call::raw(&Prepared::new(&client, known(row)?, parts)).await;
    let answer = read_json(&answer.map_err(|error| Failure::from(error).of(row, Vec::new()))?)?;
    let links = links(&answer);
    let names = || links.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    match wanted {
        None => match links.first() {
            Some((_, url)) => Ok(url.clone()),
            None => Err(Failure::local(format!("{id} has no link now"), None)),
        },
        Some(wanted) => match links.iter().find(|(name, _)| name == wanted) {
            Some((_, url)) => Ok(url.clone()),
            None => Err(Failure::usage(format!("{id} has no link `{wanted}`; it has: {}", names()))),
        },
    }
}

fn operation(id: &str) -> Option<&'static Operation> {
    let (_, shown_by) = SHOWN_BY.iter().find(|(prefix, _)| id.starts_with(prefix))?;
    COMMANDS.iter().find(|row| row.id == *shown_by)
}

/// The links of a resource: properties that are addresses, and its `_links` as the curies beside it spell them out.
fn links(answer: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let resource = crate::output::content(answer);
    let properties = resource.as_object().into_iter().flatten();
    for (name, value) in properties.clone().filter(|(name, _)| name.ends_with("_url")) {
        out.extend(value.as_str().map(|url| (name.clone(), url.to_owned())));
    }
    let links = resource["_links"].as_object().into_iter().flatten();
    out.extend(links.filter_map(|(name, link)| {
        let href = link["href"].as_str()?;
        let curie = name.split_once(':').map(|(prefix, _)| prefix);
        let template =
            answer["meta"]["curies"].as_array().into_iter().flatten().find(|known| known["name"].as_str() == curie);
        let url = match template.and_then(|known| known["href"].as_str()) {
            Some(template) => template.replace("{rel}", href),
            None => href.to_owned(),
        };
        Some((name.clone(), url))
    }));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_prefix_leads_to_an_operation_that_shows_one_thing() {
        for (prefix, id) in SHOWN_BY {
            let row = operation(&format!("{prefix}1")).unwrap();
            assert_eq!((row.id, row.positionals.len(), row.method), (id, 1, "GET"));
        }
    }

    #[test]
    fn links_are_spelt_out_by_their_curies() {
        let answer = json!({
            "contract": {
                "id": "ctr_1", "payment_url": null, "website_url": "https://a.example/",
                "_links": {"sf:show": {"href": "/contracts/ctr_1", "title": "Show"}},
            },
            "meta": {"curies": [{"name": "sf", "href": "https://shop.example{rel}", "templated": true}]},
        });
        let expected = [("website_url", "https://a.example/"), ("sf:show", "https://shop.example/contracts/ctr_1")];
        assert_eq!(links(&answer), expected.map(|(name, url)| (name.to_owned(), url.to_owned())));
    }

    #[test]
    fn only_pages_of_the_web_are_opened() {
        assert!(checked("https://a.example/x").is_ok() && checked("http://127.0.0.1:1/").is_ok());
        for text in ["file:///etc/passwd", "javascript:alert(1)", "order_1", "-h:x", "vscode://x"] {
            assert!(checked(text).is_err(), "{text}");
        }
    }
}
