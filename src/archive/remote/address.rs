//! Where a remote is, however its address is spelt.
//!
//! A ledger acts from one remote only, so the same place has to read the same whether a
//! person or a CI runner fetches it, over SSH, HTTPS or a path, with or without a name, a
//! token or a port. Nothing secret of an address is kept: what stands before `@` is left
//! out.

use std::path::Path;

/// The host and the path of `url`; a path on this machine is made absolute, from `folder`,
/// where that is possible.
pub(super) fn address(url: &str, folder: &Path) -> String {
    let address = match url.split_once("://") {
        Some(("file", path)) => local(path, folder),
        Some((_, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            place(authority, path)
        }
        None => match url.split_once(':') {
            Some((authority, path)) if !authority.contains('/') => place(authority, path),
            _ => local(url, folder),
        },
    };
    bare(&address).to_owned()
}

/// Host and path; a name, a secret and a port are left out.
fn place(authority: &str, path: &str) -> String {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|letter| letter.is_ascii_digit()) => host,
        _ => host,
    };
    format!("{}/{}", host.to_lowercase(), path.trim_start_matches('/'))
}

fn local(path: &str, folder: &Path) -> String {
    let path = folder.join(path);
    let path = path.canonicalize().unwrap_or(path);
    path.display().to_string()
}

fn bare(address: &str) -> &str {
    let address = address.trim_end_matches('/');
    address
        .strip_suffix(".git")
        .unwrap_or(address)
        .trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_reads_the_same_however_it_is_spelt() {
        for url in [
            "https://example.com/team/record.git",
            "https://Example.com/team/record/",
            "https://runner:token@example.com/team/record",
            "ssh://git@example.com:2222/team/record.git",
            "git@example.com:team/record.git",
            "git@example.com:/team/record",
        ] {
            let read = address(url, Path::new("/"));
            assert_eq!(read, "example.com/team/record", "{url}");
        }
        assert_ne!(
            address("https://example.com/fork/record", Path::new("/")),
            "example.com/team/record"
        );
    }

    #[test]
    fn a_path_reads_the_same_from_wherever_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let remote = folder.path().join("remote.git");
        std::fs::create_dir(&remote).expect("a folder");
        let whole = address(&remote.display().to_string(), Path::new("/"));
        assert_eq!(address("./remote.git", folder.path()), whole);
        let url = format!("file://{}/", remote.display());
        assert_eq!(address(&url, Path::new("/")), whole);
    }
}
