//! Markdown of a document as doc comments of Rust.

/// `text` as doc comment lines, indented by `indent` spaces; empty for an empty text.
pub(super) fn comment(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    markdown(text)
        .lines()
        .map(|line| if line.is_empty() { format!("{pad}///\n") } else { format!("{pad}/// {line}\n") })
        .collect()
}

/// `text` as Markdown that rustdoc takes for prose: no code that it would compile, no links that it would follow.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut in_fence = false;
    for line in text.trim().lines() {
        let line = line.trim_end().replace('\t', "    ");
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            out.push_str(if in_fence { "```" } else { "```text" });
            in_fence = !in_fence;
        } else if in_fence {
            out.push_str(&line);
        } else {
            // Four blanks make a code block, which rustdoc would compile.
            let blanks = (line.len() - trimmed.len()).min(if is_list_item(trimmed) { 6 } else { 2 });
            let blanks = if blanks > 3 && !out.ends_with('\n') { 2 } else { blanks.min(2) };
            out.push_str(&" ".repeat(blanks));
            escape_into(trimmed, &mut out);
        }
        out.push('\n');
    }
    if in_fence {
        out.push_str("```\n");
    }
    // Control characters cannot stand in a comment.
    out.retain(|c| c == '\n' || !c.is_control());
    out.truncate(out.trim_end().len());
    out
}

/// The first sentence or line of a text.
pub(super) fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    markdown(line)
}

fn is_list_item(line: &str) -> bool {
    line.starts_with("- ")
        || line.starts_with("* ")
        || line.split_once(". ").is_some_and(|(n, _)| n.parse::<u32>().is_ok())
}

/// Outside of code spans, brackets and angle brackets would be links and tags.
fn escape_into(line: &str, out: &mut String) {
    let spans = line.matches('`').count().is_multiple_of(2);
    let mut in_code = false;
    let mut previous = ' ';
    for c in line.chars() {
        match c {
            '`' if spans => {
                in_code = !in_code;
                out.push('`');
            }
            '`' => out.push_str("\\`"),
            '[' | ']' | '<' | '>' if !in_code && previous != '\\' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
        previous = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_code_or_a_link() {
        assert_eq!(markdown("see [x] and `a[0]` <b>"), "see \\[x\\] and `a[0]` \\<b\\>");
        assert_eq!(markdown("```\nlet x;\n"), "```text\nlet x;\n```");
        assert_eq!(markdown("a\n\n        fn main() {}"), "a\n\n  fn main() {}");
        assert_eq!(markdown("odd ` tick [x]"), "odd \\` tick \\[x\\]");
        assert_eq!(comment("a\n\nb", 4), "    /// a\n    ///\n    /// b\n");
        assert_eq!(comment("", 0), "");
    }
}
