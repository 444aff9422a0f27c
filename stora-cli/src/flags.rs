//! The flags that every command has.

use clap::{Arg, ArgAction, ArgMatches, ValueHint};

use crate::output::Format;

/// The ids of the flags have a dot, which no flag of an operation has.
const PROFILE: &str = "global.profile";
const BASE_URL: &str = "global.base-url";
const TOKEN_FILE: &str = "global.token-file";
const TIMEOUT: &str = "global.timeout";
const OUTPUT: &str = "global.output";
const COLUMNS: &str = "global.columns";
const JQ: &str = "global.jq";
const VERBOSE: &str = "global.verbose";

/// What the flags of every command say.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    pub(crate) profile: Option<String>,
    pub(crate) base_url: Option<String>,
    pub(crate) token_file: Option<String>,
    pub(crate) timeout: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) jq: Option<String>,
    pub(crate) verbose: bool,
    /// Whether the command is one that may name a profile which is not there yet.
    pub(crate) may_make_profile: bool,
}

impl Flags {
    /// Reads the flags from the matches of the innermost command: what is global can be given at any level.
    pub(crate) fn from_matches(root: &ArgMatches) -> Self {
        let mut matches = root;
        while let Some((_, inner)) = matches.subcommand() {
            matches = inner;
        }
        let text = |name| matches.get_one::<String>(name).cloned();
        Self {
            profile: text(PROFILE),
            base_url: text(BASE_URL),
            token_file: text(TOKEN_FILE),
            timeout: text(TIMEOUT),
            output: text(OUTPUT),
            columns: matches.get_many::<String>(COLUMNS).into_iter().flatten().cloned().collect(),
            jq: text(JQ),
            verbose: matches.get_flag(VERBOSE),
            may_make_profile: matches!(root.subcommand_name(), Some("login" | "config" | "logout")),
        }
    }
}

/// Adds the flags to the root command.
pub(crate) fn add(command: clap::Command) -> clap::Command {
    let arg = |id: &'static str, name: &'static str, value: &'static str, help: &'static str| {
        let arg = Arg::new(id).long(name).value_name(value).help(help);
        arg.global(true).help_heading("Global options").display_order(1000)
    };
    command
        .arg(
            arg(
                OUTPUT,
                "output",
                "FORMAT",
                "How the answer is shown; a table on a terminal, else JSON [env: STORA_OUTPUT]",
            )
            .short('o')
            .value_parser(clap::builder::PossibleValuesParser::new(Format::NAMES)),
        )
        .arg(
            arg(COLUMNS, "columns", "A,B.C", "The columns of tables and CSV, as paths into an item")
                .action(ArgAction::Append)
                .value_delimiter(','),
        )
        .arg(arg(JQ, "jq", "EXPR", "Shows what a jq expression makes of the answer; texts as they are"))
        .arg(arg(PROFILE, "profile", "NAME", "The profile of the config file [env: STORA_PROFILE]"))
        .arg(
            arg(BASE_URL, "base-url", "URL", "The address of the service or of a mock [env: STORA_BASE_URL]")
                .value_hint(ValueHint::Url),
        )
        .arg(
            arg(TOKEN_FILE, "token-file", "FILE", "Takes the access token from a file, or - for standard input")
                .value_hint(ValueHint::FilePath),
        )
        .arg(arg(TIMEOUT, "timeout", "SECONDS", "How long a call may take with its repeats [env: STORA_TIMEOUT]"))
        .arg(
            arg(VERBOSE, "verbose", "", "Shows requests and answers on standard error, without secrets")
                .short('v')
                .action(ArgAction::SetTrue),
        )
}
