//! Logging in and out, and what becomes of secrets.

#![allow(clippy::unwrap_used)]

mod support;

use support::{Folder, READONLY, TOKEN, bare, ended, mock, read};

fn login(folder: &Folder, words: &[&str], secret: &str) -> support::Ended {
    let words = [&["login", "--base-url", mock(), "-o", "json"], words].concat();
    ended(bare(folder).args(words).write_stdin(format!("{secret}\n")))
}

#[test]
fn a_token_is_looked_at_stored_used_and_removed() {
    let folder = Folder::new();
    let told = login(&folder, &["--insecure-storage"], TOKEN).json();
    assert_eq!((&told["profile"], &told["storage"]), (&"default".into(), &"file".into()));
    assert_eq!(told["operator"], "Harbour Self Storage");
    let file = read(&folder.path("config.toml"));
    assert!(file.contains(TOKEN) && file.contains(&format!("base_url = \"{}\"", mock())), "{file}");
    let whoami = ended(bare(&folder).arg("whoami")).json();
    assert_eq!(
        (&whoami["operator"], &whoami["auth_from"]),
        (&"Harbour Self Storage".into(), &"the profile `default`".into())
    );
    assert!(whoami["scopes"].as_array().unwrap().contains(&"public.contact:write".into()));
    assert!(ended(bare(&folder).args(["staff", "list"])).json()["staff"].is_array());
    let list = ended(bare(&folder).args(["config", "list"])).out();
    assert!(list.contains("***") && !list.contains(TOKEN), "{list}");
    ended(bare(&folder).arg("logout")).out();
    assert!(!read(&folder.path("config.toml")).contains(TOKEN));
    assert!(ended(bare(&folder).arg("whoami")).failed(4).contains("stora login"));
    assert!(ended(bare(&folder).arg("logout")).failed(2).contains("has no credentials"));
}

#[test]
fn an_application_is_stored_for_a_profile_of_its_own() {
    let folder = Folder::new();
    let words = [
        "--profile",
        "app",
        "--client-id",
        "stora-mock-client",
        "--scopes",
        "public.staff:read,public.unit:read",
        "--insecure-storage",
    ];
    login(&folder, &words, "stora-mock-secret").json();
    let whoami = ended(bare(&folder).args(["whoami", "--profile", "app"])).json();
    assert_eq!(whoami["auth"], "client_credentials");
    assert_eq!(whoami["scopes"], serde_json::json!(["public.staff:read", "public.unit:read"]));
    assert!(whoami["expires_in"].as_u64().unwrap() > 0);
    assert!(
        ended(bare(&folder).args(["contacts", "list", "--profile", "app"])).failed(4).contains("public.contact:read")
    );
}

#[test]
fn what_does_not_count_is_not_stored() {
    let folder = Folder::new();
    let failed = login(&folder, &["--insecure-storage"], "no-such-token").failed(4);
    assert!(failed.contains("401") && !failed.contains("no-such-token"), "{failed}");
    let failed = login(&folder, &["--insecure-storage", "--client-id", "stora-mock-client"], "wrong-secret").failed(4);
    assert!(failed.contains("invalid_client") && !failed.contains("wrong-secret"), "{failed}");
    login(&folder, &["--insecure-storage"], "").failed(2);
    login(&folder, &["--insecure-storage"], "two words").failed(4);
    assert!(!folder.path("config.toml").exists());
}

#[test]
fn without_a_keyring_plain_text_is_written_only_if_that_is_asked_for() {
    let folder = Folder::new();
    // No session bus, so no keyring, whatever this machine has.
    let words = ["login", "--base-url", mock()];
    let mut command = bare(&folder);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus").args(words).write_stdin(TOKEN);
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let failed = ended(&mut command).failed(1);
    assert!(failed.contains("--insecure-storage") && !failed.contains(TOKEN), "{failed}");
    assert!(!folder.path("config.toml").exists());
    // A profile whose secret is in a keyring that is not there.
    folder.write("config.toml", "[profiles.default]\nauth = \"access_token\"\nstorage = \"keyring\"\n");
    let mut command = bare(&folder);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus").args(["staff", "list", "--base-url", mock()]);
    let failed = ended(&mut command).failed(1);
    assert!(failed.contains("keyring") && failed.contains("STORA_ACCESS_TOKEN"), "{failed}");
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let folder = Folder::new();
    for words in [
        &["login", "hush"][..],
        &["login", "--token", "hush"],
        &["login", "--token=hush"],
        &["login", "--access-token", "hush"],
        &["login", "--client-id", "app", "--client-secret", "hush"],
        &["login", "--client-secret=hush"],
    ] {
        let failed = ended(bare(&folder).args(words)).failed(2);
        assert!(failed.contains("standard input") && !failed.contains("hush"), "{words:?}: {failed}");
    }
}

#[test]
fn logging_in_again_takes_the_place_of_what_was_there() {
    let folder = Folder::new();
    folder.write("config.toml", "# mine\n[profiles.default]\noutput = \"json\" # always\n");
    login(&folder, &["--insecure-storage", "--client-id", "stora-mock-client"], "stora-mock-secret").json();
    login(&folder, &["--insecure-storage"], READONLY).json();
    let file = read(&folder.path("config.toml"));
    assert!(file.starts_with("# mine\n") && file.contains("output = \"json\" # always"), "{file}");
    assert!(file.contains(READONLY) && !file.contains("stora-mock-secret") && !file.contains("client_id"), "{file}");
}

#[test]
fn that_the_environment_goes_before_what_is_stored_is_told() {
    let folder = Folder::new();
    let mut command = bare(&folder);
    command.env("STORA_ACCESS_TOKEN", READONLY).args(["login", "--base-url", mock(), "--insecure-storage"]);
    let ended = ended(command.write_stdin(TOKEN));
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (0, "note: STORA_ACCESS_TOKEN is set, and goes before what was stored.\n")
    );
}

/// What no output may show.
const SECRETS: [&str; 2] = [TOKEN, "stora-mock-secret"];

#[test]
fn no_output_shows_a_secret() {
    let folder = Folder::new();
    let secret = format!("@{}", folder.write("secret", "stora-mock-secret").display());
    let token = folder.write("token", TOKEN);
    login(&folder, &["--insecure-storage", "--profile", "token"], TOKEN).json();
    login(
        &folder,
        &["--insecure-storage", "--profile", "app", "--client-id", "stora-mock-client"],
        "stora-mock-secret",
    )
    .json();
    let body = r#"{"grant_type":"client_credentials","client_id":"stora-mock-client","client_secret":"stora-mock-secret","scope":"a"}"#;
    let commands: &[&[&str]] = &[
        &["whoami"],
        &["whoami", "-o", "table"],
        &["config", "list"],
        &["config", "list", "-o", "yaml"],
        &["contacts", "list", "--limit", "1"],
        &["contacts", "list", "--dry-run"],
        &["contacts", "show", "con_none"],
        &["contacts", "create", "--email", "x"],
        &["contacts", "list", "--base-url", "http://127.0.0.1:1"],
        &["contacts", "list", "--timeout", "0.000001"],
        &["contacts", "list", "--limit", "ten"],
        &["contacts", "list", "--jq", "."],
        &["api", "GET", "/2025-09/staff", "--include"],
        &["api", "GET", "/2025-09/staff", "--dry-run"],
        &["oauth-2", "token-show"],
        &["oauth-2", "token-create", "--body", body],
        &["oauth-2", "token-create", "--body", body, "--dry-run"],
        &["oauth-2", "token-revoke", "--token", "-", "--client-id", "other", "--client-secret", &secret],
        &["oauth-2", "token-revoke", "--token", "@/no/such/file", "--client-secret", &secret, "--dry-run"],
        &["oauth-2", "token-introspect", "--token", "-", "--dry-run"],
        &["login", "--insecure-storage"],
        &["login", TOKEN],
        &["logout", "--profile", "none"],
    ];
    let mut ran = 0;
    for words in commands {
        for more in [&[][..], &["-v"], &["-o", "json"], &["-v", "-o", "json"]] {
            if words.contains(&"-o") && !more.is_empty() {
                continue;
            }
            for profile in ["token", "app"] {
                let mut command = bare(&folder);
                command.env("STORA_PROFILE", profile).env("RUST_BACKTRACE", "1").env("STORA_BASE_URL", mock());
                command.args(words.iter().chain(more)).write_stdin(TOKEN);
                let ended = ended(&mut command);
                let all = format!("{}{}", ended.stdout, ended.stderr);
                assert!(SECRETS.iter().all(|secret| !all.contains(secret)), "{words:?} {more:?}: {all}");
                assert!(!ended.stderr.contains("panicked"), "{words:?}: {all}");
                ran += 1;
            }
        }
    }
    let mut command = bare(&folder);
    command.env("STORA_BASE_URL", mock()).args(["contacts", "list", "-v", "--token-file"]).arg(&token);
    let ended = ended(&mut command);
    assert!(ended.code == 0 && !ended.stderr.contains(TOKEN), "{}", ended.stderr);
    assert!(ran > 100, "{ran}");
}
