//! Settings: a flag goes before the environment, the environment before the profile, the profile before the default.

#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use support::{Folder, READONLY, TOKEN, bare, ended, mock};

/// Runs a command with a config file and variables.
fn run(config: &str, variables: &[(&str, &str)], words: &[&str]) -> support::Ended {
    let folder = Folder::new();
    folder.write("config.toml", config);
    ended(bare(&folder).envs(variables.iter().copied()).args(words))
}

fn config() -> String {
    format!(
        "profile = \"one\"\n\n[profiles.one]\nbase_url = \"{url}\"\noutput = \"yaml\"\ntimeout = 50\nauth = \"access_token\"\nstorage = \"file\"\n\
         secret = \"{READONLY}\"\n\n[profiles.two]\nbase_url = \"{url}/\"\noutput = \"csv\"\nauth = \"client_credentials\"\n\
         client_id = \"stora-mock-client\"\nscopes = \"public.staff:read\"\nstorage = \"file\"\nsecret = \"stora-mock-secret\"\n",
        url = mock()
    )
}

fn whoami(variables: &[(&str, &str)], flags: &[&str]) -> Value {
    run(&config(), variables, &[&["whoami", "-o", "json"], flags].concat()).json()
}

#[test]
fn the_profile_is_named_by_flag_environment_or_file() {
    let by = |variables: &[(&str, &str)], flags: &[&str]| {
        let all = whoami(variables, flags);
        (all["profile"].as_str().unwrap().to_owned(), all["profile_from"].as_str().unwrap().to_owned())
    };
    let expected = |name: &str, from: &str| (name.to_owned(), from.to_owned());
    assert_eq!(by(&[], &[]), expected("one", "the config file"));
    assert_eq!(by(&[("STORA_PROFILE", "two")], &[]), expected("two", "the environment (STORA_PROFILE)"));
    assert_eq!(by(&[("STORA_PROFILE", "two")], &["--profile", "one"]), expected("one", "the flag --profile"));
    let failed = run(&config(), &[], &["whoami", "--profile", "three"]).failed(2);
    assert!(failed.contains("no profile `three`") && failed.contains("--profile"), "{failed}");
}

#[test]
fn the_base_url_comes_from_flag_environment_profile_or_default() {
    let from = |variables: &[(&str, &str)], flags: &[&str]| whoami(variables, flags)["base_url_from"].clone();
    assert_eq!(from(&[], &[]), "the profile `one`");
    let variables = [("STORA_BASE_URL", mock())];
    assert_eq!(from(&variables, &[]), "the environment (STORA_BASE_URL)");
    assert_eq!(from(&[("STORA_BASE_URL", "http://127.0.0.1:1")], &["--base-url", mock()]), "the flag --base-url");
    let by_default = run("", &[], &["contacts", "list", "--dry-run"]).out();
    assert!(by_default.contains("https://public-api.stora.co/2025-09/contacts"), "{by_default}");
    let failed = run("", &[], &["contacts", "list", "--base-url", "ftp://x", "--dry-run"]).failed(2);
    assert!(failed.contains("`ftp://x`") && failed.contains("the flag --base-url"), "{failed}");
}

#[test]
fn the_output_comes_from_flag_environment_profile_or_where_it_goes() {
    let begins = |config: &str, variables: &[(&str, &str)], flags: &[&str]| {
        let words = [&["staff", "list", "--limit", "1"], flags].concat();
        let variables = [variables, &[("STORA_BASE_URL", mock()), ("STORA_ACCESS_TOKEN", TOKEN)]].concat();
        run(config, &variables, &words).out().lines().next().unwrap().to_owned()
    };
    assert_eq!(begins("", &[], &[]), "{");
    assert_eq!(begins(&config(), &[], &[]), "staff:");
    assert!(begins(&config(), &[("STORA_OUTPUT", "csv")], &[]).starts_with("id,"));
    assert_eq!(begins(&config(), &[("STORA_OUTPUT", "csv")], &["-o", "json"]), "{");
    let failed = run(&config(), &[("STORA_OUTPUT", "xml")], &["staff", "list"]).failed(2);
    assert!(failed.contains("`xml` from the environment (STORA_OUTPUT)"), "{failed}");
    let failed = run("[profiles.default]\noutput = \"xml\"", &[], &["staff", "list"]).failed(2);
    assert!(failed.contains("`xml` from the profile `default`"), "{failed}");
}

#[test]
fn the_timeout_comes_from_flag_environment_profile_or_default() {
    // A time that no call can keep shows whose word counts.
    let short = "0.000001";
    let works = |config: &str, variables: &[(&str, &str)], flags: &[&str]| {
        let variables = [variables, &[("STORA_BASE_URL", mock()), ("STORA_ACCESS_TOKEN", TOKEN)]].concat();
        let ended = run(config, &variables, &[&["staff", "list"], flags].concat());
        assert!(ended.code == 0 || (ended.code == 3 && ended.stderr.contains("--timeout SECONDS")), "{ended:?}");
        ended.code == 0
    };
    let profile = format!("[profiles.default]\ntimeout = {short}");
    assert!(works("", &[], &[]));
    assert!(!works(&profile, &[], &[]));
    assert!(works(&profile, &[("STORA_TIMEOUT", "60")], &[]));
    assert!(!works(&profile, &[("STORA_TIMEOUT", "60")], &["--timeout", short]));
    assert!(works(&profile, &[("STORA_TIMEOUT", short)], &["--timeout", "60"]));
    assert!(run("", &[("STORA_TIMEOUT", "soon")], &["staff", "list"]).failed(2).contains("`soon`"));
}

#[test]
fn credentials_come_from_flag_environment_or_profile_all_of_them_from_one_place() {
    let from = |variables: &[(&str, &str)], flags: &[&str]| {
        let all = whoami(variables, flags);
        (all["auth"].as_str().unwrap().to_owned(), all["auth_from"].as_str().unwrap().to_owned())
    };
    let expected = |kind: &str, from: &str| (kind.to_owned(), from.to_owned());
    let application = [("STORA_CLIENT_ID", "stora-mock-client"), ("STORA_CLIENT_SECRET", "stora-mock-secret")];
    let token = ("STORA_ACCESS_TOKEN", TOKEN);
    let folder = Folder::new();
    let file = folder.write("token", &format!("{READONLY}\n"));
    assert_eq!(from(&[], &[]), expected("access_token", "the profile `one`"));
    assert_eq!(from(&[], &["--profile", "two"]), expected("client_credentials", "the profile `two`"));
    assert_eq!(from(&application, &[]), expected("client_credentials", "the environment (STORA_CLIENT_ID)"));
    assert_eq!(
        from(&[&application[..], &[token]].concat(), &[]),
        expected("access_token", "the environment (STORA_ACCESS_TOKEN)")
    );
    let flags = ["--token-file", file.to_str().unwrap()];
    assert_eq!(from(&[token], &flags), expected("access_token", "the flag --token-file"));
    let half = run(&config(), &application[..1], &["whoami"]).failed(4);
    assert!(half.contains("STORA_CLIENT_SECRET is not set"), "{half}");
}

#[test]
fn the_scopes_of_an_application_come_from_environment_or_profile() {
    let scopes = |variables: &[(&str, &str)]| whoami(variables, &["--profile", "two"])["scopes"].to_string();
    assert_eq!(scopes(&[]), r#"["public.staff:read"]"#);
    let application = [("STORA_CLIENT_ID", "stora-mock-client"), ("STORA_CLIENT_SECRET", "stora-mock-secret")];
    assert_eq!(
        scopes(&[&application[..], &[("STORA_SCOPES", "public.unit:read")]].concat()),
        r#"["public.unit:read"]"#
    );
    assert!(scopes(&application).len() > 500, "all scopes, where nobody says less");
}

#[test]
fn variables_that_are_empty_count_as_not_set() {
    let all = whoami(
        &[("STORA_BASE_URL", ""), ("STORA_ACCESS_TOKEN", " "), ("STORA_PROFILE", ""), ("STORA_OUTPUT", "")],
        &[],
    );
    assert_eq!((&all["base_url_from"], &all["auth_from"]), (&"the profile `one`".into(), &"the profile `one`".into()));
}

#[test]
fn a_config_file_that_cannot_be_used_is_told_without_its_secrets() {
    for (config, part) in [
        ("[profiles.default]\nsecret = hush", "line 2"),
        ("profiles = \"hush\"", "`profiles` is not a table"),
        ("profile = 1", "`profile` is not a text"),
        ("[profiles.default]\nauth = \"access_token\"\nstorage = \"hush\"", "`storage` is neither"),
        ("[profiles.default]\nauth = \"access_token\"\nstorage = \"file\"", "`secret` is missing"),
        (
            "[profiles.default]\nauth = \"client_credentials\"\nstorage = \"file\"\nsecret = \"hush\"",
            "`client_id` is missing",
        ),
        ("[profiles.default]\nauth = \"card\"\nstorage = \"file\"\nsecret = \"hush\"", "`auth` is `card`"),
    ] {
        let failed = run(config, &[], &["staff", "list"]).failed(2);
        assert!(failed.contains(part) && failed.contains("config.toml") && !failed.contains("hush"), "{failed}");
        // What needs no settings works whatever they are.
        assert!(run(config, &[], &["completion", "bash"]).out().contains("stora"));
    }
}

#[test]
fn config_sets_gets_and_lists_values_of_profiles() {
    let folder = Folder::new();
    let stora = |words: &[&str]| ended(bare(&folder).args(words));
    assert_eq!(stora(&["config", "path"]).out().trim(), folder.path("config.toml").to_str().unwrap());
    assert_eq!(stora(&["config", "list"]).out(), "[]\n");
    stora(&["config", "set", "base_url", mock()]).out();
    stora(&["config", "set", "output", "yaml", "--profile", "other"]).out();
    assert_eq!(stora(&["config", "get", "base_url"]).out().trim(), mock());
    stora(&["config", "use", "other"]).out();
    assert_eq!(stora(&["config", "get", "output"]).out(), "yaml\n");
    let all = stora(&["config", "list", "-o", "json"]).json();
    assert_eq!(
        (&all[0]["profile"], &all[1]["profile"], &all[1]["used"]),
        (&"default".into(), &"other".into(), &true.into())
    );
    stora(&["config", "unset", "output"]).out();
    assert!(stora(&["config", "get", "output"]).failed(2).contains("says nothing about `output`"));
    stora(&["config", "remove", "other"]).out();
    assert!(stora(&["config", "use", "other"]).failed(2).contains("There are: default"));
    for (key, value) in [("output", "xml"), ("timeout", "0"), ("base_url", "stora.co")] {
        let failed = stora(&["config", "set", key, value, "--profile", "default"]).failed(2);
        assert!(failed.contains(&format!("`{value}` cannot be the {key}")), "{failed}");
    }
    assert!(stora(&["config", "set", "colour", "red", "--profile", "default"]).failed(2).contains("colour"));
}

#[cfg(unix)]
#[test]
fn the_config_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    ended(bare(&folder).args(["config", "set", "output", "yaml"])).out();
    assert_eq!(std::fs::metadata(folder.path("config.toml")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn without_a_variable_the_config_file_is_in_the_platforms_folder() {
    let folder = Folder::new();
    let mut command = bare(&folder);
    command.env_remove("STORA_CONFIG").env("HOME", folder.path("")).env("XDG_CONFIG_HOME", folder.path("xdg"));
    let path = ended(command.args(["config", "path"])).out();
    assert!(path.trim().ends_with("stora/config.toml") || path.trim().ends_with("stora\\config.toml"), "{path}");
}
