//! Questions to a person at the terminal.

use std::io::ErrorKind;

use stora_client::Secret;

use crate::failure::Failure;

/// Asks for a secret, which is not shown while it is typed.
pub(super) async fn hidden(question: &str) -> Result<Secret, Failure> {
    let question = question.to_owned();
    // Another thread waits for the keys, so that this one hears of Ctrl-C.
    let answer = tokio::task::spawn_blocking(move || rpassword::prompt_password(question)).await;
    let answer = answer.map_err(|error| Failure::local("the terminal cannot be read", Some(error.into())))?;
    match answer {
        Ok(text) if text.trim().is_empty() => Err(Failure::usage("nothing was typed")),
        Ok(text) => Ok(text.trim().into()),
        Err(error) if error.kind() == ErrorKind::Interrupted => Err(Failure::Interrupted),
        Err(error) => Err(Failure::file("read from the terminal", "/dev/tty", error)),
    }
}
