//! Where a merge request for a pushed branch is opened.
//!
//! Forges print that address when a new branch arrives; where one does not, it is known for
//! the two that most people use.

/// The page on which `branch` can be offered for merging: the first address that the remote
/// `remarked`, else one made from the remote's own `address`.
pub(in crate::archive) fn request(remarked: &str, address: &str, branch: &str) -> Option<String> {
    let words = remarked
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("remote:"))
        .flat_map(str::split_whitespace);
    let is_page = |word: &&str| word.starts_with("https://") || word.starts_with("http://");
    if let Some(page) = words.into_iter().find(is_page) {
        return Some(page.to_owned());
    }
    let host = address.split('/').next().unwrap_or_default();
    if host == "github.com" {
        Some(format!("https://{address}/pull/new/{branch}"))
    } else if host.starts_with("gitlab.") {
        let source = branch.replace('/', "%2F");
        let key = "merge_request%5Bsource_branch%5D";
        Some(format!(
            "https://{address}/-/merge_requests/new?{key}={source}"
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_forge_prints_is_taken_and_else_its_usual_page() {
        let said = "remote: \nremote: Create a pull request for 'annals/x' by visiting:\nremote:      https://forge.example.com/a/b/pull/new/annals/x\nTo https://push.example.com/a/b";
        assert_eq!(
            request(said, "forge.example.com/a/b", "annals/x").as_deref(),
            Some("https://forge.example.com/a/b/pull/new/annals/x")
        );
        assert_eq!(
            request("To https://github.com/a/b", "github.com/a/b", "annals/x").as_deref(),
            Some("https://github.com/a/b/pull/new/annals/x")
        );
        assert_eq!(
            request("", "gitlab.example.com/a/b", "annals/x").as_deref(),
            Some(
                "https://gitlab.example.com/a/b/-/merge_requests/new?merge_request%5Bsource_branch%5D=annals%2Fx"
            )
        );
        assert_eq!(request("", "/srv/record", "annals/x"), None);
    }
}
