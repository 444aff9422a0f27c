//! `cargo xtask demo`: the client is generated and built anew, and a unit is booked with it and with the command line, on the mock.

use std::env::consts::EXE_EXTENSION;
use std::time::Instant;

use super::run::{cargo, command, stream, target_directory, workspace_root, xtask};
use crate::Failure;

/// Runs the demonstration.
///
/// # Errors
/// When something cannot be generated, built or started, or the demonstration fails; it says why by itself.
pub fn demo() -> Result<(), Failure> {
    let root = workspace_root()?;
    let start = Instant::now();
    println!("The client, the contract of the mock and the commands are generated from the document");
    stream(&mut xtask(&root, ["codegen"])?)?;
    println!("   took {:.1} s", start.elapsed().as_secs_f64());

    let start = Instant::now();
    println!("\nThey are built");
    stream(&mut cargo(&root, ["build", "--quiet", "--bin", "stora-mock", "--bin", "stora", "--bin", "demo"]))?;
    println!("   took {:.1} s\n", start.elapsed().as_secs_f64());

    let target = target_directory(&root)?;
    let program = |name: &str| target.join("debug").join(name).with_extension(EXE_EXTENSION);
    let paths = [program("stora-mock"), program("stora"), target.join("demo")];
    Ok(stream(&mut command(&root, program("demo"), paths))?)
}
