//! Runs the commands that are made from the document.

use clap::ArgMatches;
use serde_json::Value;
use stora_client::call;

use crate::Call;
use crate::context::{Access, Context};
use crate::failure::Failure;
use crate::request::Prepared;

/// Sends what a command line asks for and shows the answer.
pub(crate) async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let call = Call::from_matches(matches, &mut std::io::stdin())?;
    let operation = call.operation;
    let client = context.client(if operation.open { Access::Open } else { Access::Needed })?;
    let failed = |error| Failure::client(operation, error);
    let prepared = Prepared::new(&client, &call, "application/json").map_err(failed)?;
    let answer = call::exchange(&prepared).await.and_then(|answer| answer.json::<Value>()).map_err(failed)?;
    context.printer()?.print(&answer)
}
