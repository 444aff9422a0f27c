//! What a client is made of, and what it refuses to be made of.

use std::process::Command;

use stora_client::oauth::Application;
use stora_client::{Client, ConfigError, Credentials};

#[test]
fn a_base_url_that_is_none_is_refused_and_its_secrets_are_not_shown() {
    for url in [
        "",
        " ",
        "stora",
        "/2025-09",
        "ftp://stora.example",
        "http://",
        "https://user:very-secret@stora.example",
        "https://very-secret@stora.example",
        "https://user:very-secr#et@stora.example",
        "https://stora.example:port:very-secret@x",
        "https://stora.example/?token=very-secret",
        "https://stora.example/#very-secret",
    ] {
        let builder = Client::builder().base_url(url);
        assert!(!format!("{builder:?}").contains("very-secr"), "{builder:?}");
        let error = builder.access_token("t").unwrap().build().unwrap_err();
        assert!(matches!(error, ConfigError::BaseUrl(_)), "{url}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("very-secr"), "{error}");
    }
    let client =
        Client::builder().base_url(" http://127.0.0.1:4010/mock// ").access_token("t").unwrap().build().unwrap();
    assert_eq!(client.base_url(), "http://127.0.0.1:4010/mock");
}

#[test]
fn credentials_that_cannot_be_used_are_refused_and_not_shown() {
    for token in ["", "  ", "very-secret\r\nx: y", "very-secret\0", "very-secret\u{7f}"] {
        let error = Credentials::access_token(token).unwrap_err();
        assert!(matches!(error, ConfigError::Token) && !format!("{error} {error:?}").contains("secret"));
    }
    assert!(matches!(Credentials::client_credentials("", "s"), Err(ConfigError::Credentials("client_id"))));
    assert!(matches!(Credentials::client_credentials("i", ""), Err(ConfigError::Credentials("client_secret"))));
    let none: [&str; 0] = [];
    assert!(matches!(
        Credentials::client_credentials_with_scopes("i", "s", none),
        Err(ConfigError::Credentials("scope"))
    ));
    let application = Application::new("i").unwrap().secret("very-secret");
    assert!(matches!(application.consent(["a"]), Err(ConfigError::Credentials("redirect_uri"))));
    let application = application.redirect_uri("https://p.example/").authorize_url("no url?k=very-secret");
    let error = application.consent(["a"]).unwrap_err();
    assert!(
        !format!("{error} {error:?} {application:?}").replace("no url?k=very-secret\"", "").contains("very-secret")
    );
    assert!(matches!(Client::builder().build(), Err(ConfigError::NoCredentials)));
    let error = Client::builder().access_token("t").unwrap().app_info("a\r\nb", "1").build().unwrap_err();
    assert!(matches!(error, ConfigError::AppInfo(_)));
    let client = Client::new("very-secret").unwrap();
    assert!(!format!("{client:?}").contains("secret"));
}

/// Is run by the test below, in a process with an environment of its own.
#[test]
#[ignore = "a part of another test"]
fn from_env_in_a_child() {
    match Client::from_env() {
        Ok(client) => println!("client {client:?} at {}.", client.base_url()),
        Err(error) => println!("error {error} ({error:?})."),
    }
}

#[test]
fn the_environment_sets_a_client_up() {
    let said = |variables: &[(&str, &str)]| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        for name in ["STORA_ACCESS_TOKEN", "STORA_CLIENT_ID", "STORA_CLIENT_SECRET", "STORA_BASE_URL"] {
            child.env_remove(name);
        }
        child.args(["--exact", "setup::from_env_in_a_child", "--ignored", "--nocapture"]);
        let output = child.envs(variables.iter().copied()).output().unwrap();
        assert!(output.status.success());
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(!said.contains("very-secret"), "{said}");
        said
    };
    let (token, id, secret) = ("STORA_ACCESS_TOKEN", "STORA_CLIENT_ID", "STORA_CLIENT_SECRET");
    for (variables, expected) in [
        (&[][..], "NoCredentials"),
        (&[(token, " ")], "NoCredentials"),
        (&[(token, "very-secret")], "at https://public-api.stora.co."),
        (&[(token, " very-secret\n"), ("STORA_BASE_URL", "http://127.0.0.1:4010/")], "at http://127.0.0.1:4010."),
        (&[(token, "very-secret\r\nx")], "(Token)"),
        (&[(token, "very-secret"), (id, "i")], "access_token"),
        (&[(id, "i"), (secret, "very-secret")], "client_credentials"),
        (&[(id, "i")], "STORA_CLIENT_SECRET"),
        (&[(secret, "very-secret")], "STORA_CLIENT_ID"),
        (&[(token, "t"), ("STORA_BASE_URL", "https://a:very-secret@b")], "BaseUrl"),
    ] {
        let said = said(variables);
        assert!(said.contains(expected), "{variables:?}: {said}");
    }
}
