//! `stora mock start`: the server as a process, and where the other commands look for it.

use crate::harness::{Mock, Process, run, stora};

#[test]
fn it_serves_until_it_is_told_to_stop() {
    for signal in ["INT", "TERM"] {
        let mut mock = Mock::start(&[]);
        assert!(mock.url.starts_with("http://127.0.0.1:"), "{}", mock.url);
        assert_eq!(mock.done(&["mock", "server", "health"])["status"], "ok");
        mock.process.signal(signal);
        assert_eq!(mock.process.end(), Some(0), "{signal}: {}", mock.process.stderr());
    }
}

#[test]
fn it_takes_the_variables_of_the_mock_and_refuses_what_cannot_be_used() {
    let mut command = stora(&["mock", "start"]);
    command.env("STORA_MOCK_PORT", "0").env("STORA_MOCK_EMPTY", "true");
    let process = Process::start(command);
    let url = process.line().strip_prefix("listening on ").unwrap().to_owned();
    let mut list = stora(&["sites", "list", "-o", "json"]);
    list.env("STORA_BASE_URL", &url).env("STORA_ACCESS_TOKEN", "stora-mock-demo-token");
    let sites: serde_json::Value = serde_json::from_str(&run(list).stdout).unwrap();
    assert_eq!(sites["sites"].as_array().unwrap().len(), 0);

    let port = url.rsplit(':').next().unwrap();
    let taken = run(stora(&["mock", "start", "--port", port]));
    assert_eq!(taken.code, Some(1), "{}", taken.stderr);
    let refused = run(stora(&["mock", "start", "--host", "0.0.0.0", "--port", "0"]));
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert_eq!(run(stora(&["mock", "start", "--clock", "noon"])).code, Some(2));
}

#[test]
fn it_tells_what_seed_files_look_like() {
    let schema: serde_json::Value = serde_json::from_str(&run(stora(&["mock", "schema"])).stdout).unwrap();
    assert!(schema["properties"]["sites"].is_object());
}

#[test]
fn where_no_mock_answers_it_is_said_how_to_start_one() {
    // The port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    for args in [&["mock", "clock"][..], &["mock", "reset"], &["listen"], &["trigger", "unit.updated"]] {
        let args: Vec<&str> = args.iter().copied().chain(["--mock-url", &url]).collect();
        let run = run(stora(&args));
        assert_eq!(run.code, Some(3), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(&format!("no mock answers at {url}")), "{}", run.stderr);
        assert!(run.stderr.contains("stora mock start"), "{}", run.stderr);
    }
}

#[test]
fn the_flag_goes_before_the_variable_and_that_before_a_base_url_of_this_machine() {
    let mock = Mock::start(&[]);
    let nowhere = "http://127.0.0.1:9";
    let code = |flag: Option<&str>, variable: Option<&str>, base: &str| {
        let mut command = stora(&["mock", "clock"]);
        command.args(flag.map(|url| ["--mock-url", url]).into_iter().flatten());
        command.envs(variable.map(|url| ("STORA_MOCK_URL", url))).env("STORA_BASE_URL", base);
        run(command).code
    };
    assert_eq!(code(Some(&mock.url), Some(nowhere), nowhere), Some(0));
    assert_eq!(code(Some(nowhere), Some(&mock.url), &mock.url), Some(3));
    assert_eq!(code(None, Some(&mock.url), nowhere), Some(0));
    assert_eq!(code(None, Some(nowhere), &mock.url), Some(3));
    assert_eq!(code(None, None, &mock.url), Some(0));
    assert_eq!(code(Some("nonsense"), None, &mock.url), Some(2));
}

#[test]
fn what_answers_and_is_no_mock_is_told_as_that() {
    let mock = Mock::start(&[]);
    let run = mock.run(&["mock", "clock", "--mock-url", &format!("{}/elsewhere", mock.url)]);
    assert_ne!(run.code, Some(0));
}

#[test]
fn the_control_token_comes_from_the_environment_or_a_file() {
    let mut command = stora(&["mock", "start", "--port", "0"]);
    command.env("STORA_MOCK_CONTROL_TOKEN", "let-me-in");
    let process = Process::start(command);
    let url = process.line().strip_prefix("listening on ").unwrap().to_owned();
    let clock = |token: Option<&str>, args: &[&str]| {
        let mut command = stora(&["mock", "clock", "--mock-url", &url]);
        command.args(args).envs(token.map(|token| ("STORA_MOCK_CONTROL_TOKEN", token)));
        run(command)
    };
    assert_eq!(clock(None, &[]).code, Some(4));
    assert_eq!(clock(Some("wrong"), &[]).code, Some(4));
    assert_eq!(clock(Some("let-me-in"), &[]).code, Some(0));
    let file = std::env::temp_dir().join(format!("stora-control-token-{}", std::process::id()));
    std::fs::write(&file, "let-me-in\n").unwrap();
    let by_file = clock(None, &["--control-token-file", file.to_str().unwrap()]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(by_file.code, Some(0), "{}", by_file.stderr);
    for shown in [clock(Some("wrong-but-secret"), &[]), clock(Some("wrong-but-secret"), &["-v"])] {
        assert!(!format!("{shown:?}").contains("wrong-but-secret"));
    }
}
