//! Secrets in the system's keyring.

use keyring::{Entry, Error};
use stora_client::Secret;

use crate::failure::Failure;

/// The name of this program in the keyring.
const SERVICE: &str = "stora-cli";

/// The secret that is kept under a name.
pub(crate) fn read(name: &str) -> Result<Secret, Failure> {
    match in_keyring(name, Entry::get_password) {
        Ok(secret) => Ok(secret.into()),
        Err(Error::NoEntry) => Err(Failure::Credentials {
            message: format!("the keyring holds no secret for the profile `{name}`"),
            advice: format!("`stora login --profile {name}` stores one."),
        }),
        Err(source) => Err(Failure::Keyring {
            message: format!("the keyring does not give the secret of the profile `{name}`"),
            advice: "Unlock it, or set STORA_ACCESS_TOKEN for the time being.".to_owned(),
            source,
        }),
    }
}

/// Keeps a secret under a name.
pub(crate) fn store(name: &str, secret: &Secret) -> Result<(), Failure> {
    let secret = secret.clone();
    in_keyring(name, move |entry| entry.set_password(secret.expose())).map_err(|source| Failure::Keyring {
        message: "there is no keyring that takes the secret, and it is not written to a file unless that is asked for"
            .to_owned(),
        advice: "Start a keyring (Secret Service) and log in again; or write it in plain text, readable by you alone, \
                 with --insecure-storage; or set STORA_ACCESS_TOKEN where you need it."
            .to_owned(),
        source,
    })
}

/// Removes the secret that is kept under a name. Whether there was one.
pub(crate) fn remove(name: &str) -> Result<bool, Failure> {
    match in_keyring(name, Entry::delete_credential) {
        Ok(()) => Ok(true),
        Err(Error::NoEntry) => Ok(false),
        Err(source) => Err(Failure::Keyring {
            message: format!("the keyring does not remove the secret of the profile `{name}`"),
            advice: "Unlock it and try again.".to_owned(),
            source,
        }),
    }
}

/// Does something with an entry, on a thread of its own: the keyring of Linux is asked over D-Bus by code that waits, which a
/// thread of the async runtime must not.
fn in_keyring<T: Send + 'static>(
    name: &str,
    act: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
) -> keyring::Result<T> {
    let name = name.to_owned();
    let thread = std::thread::spawn(move || act(&Entry::new(SERVICE, &name)?));
    thread.join().unwrap_or_else(|_| Err(Error::NoDefaultStore))
}
