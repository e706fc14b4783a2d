//! Where a remote is, however its URL is spelt.
//!
//! A ledger acts from the places it names only, so the same place has to read the same
//! whether a person or a CI runner pushes to it, over SSH, HTTPS or a path, with or without
//! a name, a token or the scheme's own port; and two places must never read the same.
//! Nothing secret of a URL is kept: what stands before `@` is left out.

use std::path::{Path, PathBuf};

/// Hosts that do not count the case of a path, and the names under which they are reached
/// where another port is blocked.
const FORGES: [(&str, &str); 7] = [
    ("github.com", "ssh.github.com:443"),
    ("gitlab.com", "altssh.gitlab.com:443"),
    ("bitbucket.org", "altssh.bitbucket.org:443"),
    ("codeberg.org", ""),
    ("gitea.com", ""),
    ("git.sr.ht", ""),
    ("dev.azure.com", ""),
];

/// Host, port unless it is the scheme's own, and path of `url`; a path on this machine is
/// that of the repository that Git finds there, from `folder`.
pub(super) fn address(url: &str, folder: &Path) -> String {
    match url.split_once("://") {
        Some(("file", path)) => local(&decoded(path), folder),
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            place(scheme, authority, &decoded(path))
        }
        None => match scp(url) {
            Some((authority, path)) => place("ssh", authority, path),
            None => local(url, folder),
        },
    }
}

/// Host and path of `host:path`, which Git takes for SSH unless a slash comes first.
fn scp(url: &str) -> Option<(&str, &str)> {
    let begin = url
        .find('[')
        .filter(|at| !url.get(..*at).unwrap_or("").contains([':', '/']));
    let searched = begin.and_then(|at| url.get(at..)?.find("]:").map(|end| at + end + 1));
    let colon = searched.or_else(|| url.find(':'))?;
    let (authority, path) = (url.get(..colon)?, url.get(colon + 1..)?);
    (!authority.contains('/')).then_some((authority, path))
}

/// Host, port and path; a name and a secret are left out.
fn place(scheme: &str, authority: &str, path: &str) -> String {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = decoded(host).to_lowercase();
    let usual = match scheme {
        "https" => "443",
        "http" => "80",
        "git" => "9418",
        "ftp" => "21",
        "ftps" => "990",
        _ => "22",
    };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => (name, port),
        _ => (host.as_str(), ""),
    };
    let name = name.trim_end_matches('.');
    let host = match port.trim_start_matches('0') {
        "" => name.to_owned(),
        port if port == usual => name.to_owned(),
        port => format!("{name}:{port}"),
    };
    let path = bare(&path_without_detours(path)).to_owned();
    let forge = FORGES
        .iter()
        .find(|(known, alias)| host == *known || host == *alias);
    match forge {
        Some((known, _)) => format!("{known}/{}", path.to_lowercase()),
        None => format!("{host}/{path}"),
    }
}

/// A path without empty parts, `.` and `..`.
fn path_without_detours(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// `text` with `%41` read as `A`; as it is where that gives no text.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| after.split_at_checked(2))
            .flatten()
            .and_then(|(digits, after)| {
                let digits = std::str::from_utf8(digits).ok()?;
                Some((u8::from_str_radix(digits, 16).ok()?, after))
            });
        let (byte, after) = escaped.unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The repository that Git finds at a path: it tries the same names in the same order. Two
/// repositories that differ only by `.git` stay two.
fn local(path: &str, folder: &Path) -> String {
    let tried = ["/.git", "", ".git/.git", ".git"].map(|ending| {
        let mut tried = folder.join(path.trim_end_matches('/')).into_os_string();
        tried.push(ending);
        PathBuf::from(tried)
    });
    let is_repository = |place: &&PathBuf| place.is_file() || place.join("HEAD").is_file();
    let found = tried.iter().find(is_repository);
    let place = found.cloned().unwrap_or_else(|| folder.join(path));
    let place = place.canonicalize().unwrap_or(place);
    let place = match place.file_name() {
        Some(name) if name == ".git" => place.parent().map_or(place.clone(), Path::to_owned),
        _ => place,
    };
    place.display().to_string()
}

fn bare(path: &str) -> &str {
    path.strip_suffix(".git")
        .unwrap_or(path)
        .trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_reads_the_same_however_it_is_spelt() {
        for url in [
            "https://example.com/team/record.git",
            "https://Example.com./team/record/",
            "https://runner:token@example.com:443/team/record",
            "http://example.com:80/team//record.git/",
            "ssh://git@example.com:22/team/record.git",
            "git+ssh://git@example.com/team/./record",
            "https://example.com/other/../team/rec%6Frd",
            "git@example.com:team/record.git",
            "git@example.com:/team/record",
            "EXAMPLE.com:team/record",
        ] {
            let read = address(url, Path::new("/"));
            assert_eq!(read, "example.com/team/record", "{url}");
        }
        for url in [
            "https://example.com/fork/record",
            "https://example.com:8443/team/record",
            "ssh://git@example.com:2222/team/record.git",
            "https://example.com/Team/record",
            "https://example.com.evil/team/record",
            "team/record",
        ] {
            assert_ne!(
                address(url, Path::new("/")),
                "example.com/team/record",
                "{url}"
            );
        }
    }

    #[test]
    fn forges_that_do_not_count_case_are_known_by_each_of_their_names() {
        for url in [
            "https://github.com/Team/Record",
            "git@github.com:team/RECORD.git",
            "ssh://git@ssh.github.com:443/team/record.git",
        ] {
            assert_eq!(address(url, Path::new("/")), "github.com/team/record");
        }
        assert_eq!(address("git@[::1]:a", Path::new("/")), "[::1]/a");
        assert_eq!(
            address("ssh://[::1]:2222/a", Path::new("/")),
            "[::1]:2222/a"
        );
    }

    #[test]
    fn a_path_reads_the_same_from_wherever_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let make = |name: &str| {
            let remote = folder.path().join(name);
            std::fs::create_dir_all(&remote).expect("a folder");
            std::fs::write(remote.join("HEAD"), "ref: refs/heads/main\n").expect("a file");
            remote
        };
        let remote = make("remote.git");
        let whole = address(&remote.display().to_string(), Path::new("/"));
        for path in ["./remote.git", "remote", "x/../remote.git/"] {
            std::fs::create_dir_all(folder.path().join("x")).expect("a folder");
            assert_eq!(address(path, folder.path()), whole, "{path}");
        }
        let url = format!("file://{}/", remote.display());
        assert_eq!(address(&url, Path::new("/")), whole);
        std::os::unix::fs::symlink(&remote, folder.path().join("link")).expect("a link");
        assert_eq!(address("link", folder.path()), whole);
        make("remote");
        assert_ne!(
            address("remote", folder.path()),
            whole,
            "another repository"
        );
    }
}
