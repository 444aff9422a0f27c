//! The page about errors, which `documentation_url` of every error leads to.

use std::fmt::Write as _;

use crate::contract::error::Code;

/// The page.
pub(super) fn errors() -> String {
    let mut rows = String::new();
    for code in Code::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(
            rows,
            "<tr id=\"{0}\"><td><code>{0}</code></td><td>{1}</td><td>{2}</td></tr>",
            code.as_str(),
            code.status(),
            code.default_message()
        );
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Errors of the Stora mock</title>\n\
         <h1>Errors</h1>\n<p>Every error has a code. What exactly is wrong stands in its <code>message</code> and, where it can \
         be pointed at, in <code>details</code>.</p>\n<table>\n<thead><tr><th>Code<th>Status<th>Meaning</tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</html>\n"
    )
}
