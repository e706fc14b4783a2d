//! The front matter of a Markdown file: what stands between its first two lines `---`.

/// The front matter with its opening line, so that places in it are places in the file,
/// and what stands below the closing line. None where the file does not open one, or
/// never closes it.
pub fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text
        .strip_prefix("---\n")
        .or_else(|| text.strip_prefix("---\r\n"))?;
    let opening = text.len() - rest.len();
    let mut at = opening;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((text.get(..at)?, text.get(at + line.len()..)?));
        }
        at += line.len();
    }
    None
}
