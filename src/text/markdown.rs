//! Words of a repository inside Markdown: in code, which they cannot leave.
//!
//! All recorded words are hostile here too: a comment may look like a heading, a link or
//! HTML. So they stand between more backticks than they hold themselves.

use super::plain;

/// One line as Markdown code that its words cannot leave.
pub fn code(words: &str) -> String {
    let words = plain::line(words);
    let ticks = "`".repeat(longest_run(&words) + 1);
    // A space keeps the ticks of the words apart from ours; Markdown takes it off again.
    let space = if words.starts_with(['`', ' ']) || words.ends_with(['`', ' ']) || words.is_empty()
    {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{words}{space}{ticks}")
}

/// Several lines as a Markdown block of code that they cannot leave.
pub fn fenced(words: &str) -> String {
    let words = plain::lines(words);
    let ticks = "`".repeat(longest_run(&words).max(2) + 1);
    format!("{ticks}\n{words}\n{ticks}\n")
}

/// How many backticks stand side by side at most.
fn longest_run(words: &str) -> usize {
    let runs = words.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_leave_their_code() {
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("a `b` ``c"), "```a `b` ``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\n# b\u{202e}"), "`a # b\u{fffd}`");
        assert_eq!(fenced("```\n<b>"), "````\n```\n<b>\n````\n");
    }
}
