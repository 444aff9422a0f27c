//! The demonstration that `cargo xtask demo` runs: a unit is booked through the SDK and the command line, as a user would, on a mock
//! that runs in a process of its own, and lives through its first months. Every webhook on the way is verified and told.
//!
//! Every figure it prints comes from the mock. It ends with exit code 1, and says why, if anything is not as it should be.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

mod command;
mod hooks;
mod mock;
mod story;

use command::Stora;
use hooks::Hooks;
use mock::Mock;
use story::Story;

/// What goes wrong is only told, so that it need not be told apart.
type Done<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nthe demonstration failed: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Done {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(mock), Some(stora), Some(folder)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("it takes three paths: stora-mock, stora, and a folder to write to".into());
    };
    let begun = Instant::now();
    let mock = Mock::start(&mock)?;
    let client = stora_client::Client::builder().base_url(&mock.url).access_token(mock::TOKEN)?.build()?;
    let stora = Stora::new(stora, &mock.url, folder.join("stora.toml"));
    let hooks = Hooks::listen().await?;
    println!("the mock listens on {}", mock.url);
    println!("a receiver of webhooks listens on {}", hooks.url);
    let summary = Story { client, stora, hooks, folder }.tell().await?;
    println!("\n{summary}");
    println!("took {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}
