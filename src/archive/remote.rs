//! A remote: where its branches stand, what is fetched from it and pushed to it.
//!
//! Networks are the business of the user's own `git`, so that credentials, keys and
//! proxies work as they do everywhere else. A push is never forced, and whether it went
//! through is told by where the remote's branch stands afterwards, never by what a program
//! says. Everything is read from the very URL that is pushed to, or a claim could be looked
//! for in one place and written to another. That URL is given to `git` as it is, which then
//! writes no reference of the clone (a killed `git` would leave their locks behind).

mod address;
mod request;

use super::program::Said;
use super::repository::{ObjectId, Repository, RepositoryError};
use address::address;

pub(super) use request::request;

/// Fetching objects and nothing else.
const FETCH: [&str; 6] = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-auto-maintenance",
    "--no-write-fetch-head",
    "--refmap=",
];

/// The environment variable that tells the child `git` its URL.
const URL: &str = "ANNALS_REMOTE_URL";

/// How a push ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The remote holds it.
    Taken,
    /// Somebody else was faster: what was pushed does not follow upon the remote's branch.
    Moved,
    /// The remote does not take it, though it would follow upon what is there: why.
    Refused(String),
}

/// A remote of the user's configuration, at one of the URLs that it is pushed to.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Its name in this repository's configuration.
    pub name: String,
    /// Host and path, however spelt.
    pub address: String,
    /// Where `git fetch` would look instead, if that is another place.
    pub fetched_elsewhere: Option<String>,
    /// The URL, after all of Git's rewriting.
    url: String,
}

impl Remote {
    /// Every remote that the configuration names, once for each URL that it is pushed to.
    pub fn all(repository: &Repository) -> Result<Vec<Self>, RepositoryError> {
        let folder = repository.folder_for_programs();
        let said = repository.run_git(&["remote", "-v"], &[], b"")?;
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<(&str, &str, bool)> = said.lines().filter_map(remote_line).collect();
        let fetched = |wanted: &str| {
            let mut lines = lines.iter();
            let line = lines.find(|(name, _, pushed)| *name == wanted && !pushed);
            line.map(|(_, url, _)| address(url, folder))
        };
        let pushed = lines.iter().filter(|(_, _, pushed)| *pushed);
        let remote = pushed.map(|(name, url, _)| {
            let address = address(url, folder);
            Self {
                name: (*name).to_owned(),
                fetched_elsewhere: fetched(name).filter(|fetched| *fetched != address),
                address,
                url: (*url).to_owned(),
            }
        });
        Ok(remote.collect())
    }

    /// The remote that the configuration calls `name`, at the first URL that it is pushed to.
    pub fn find(repository: &Repository, name: &str) -> Result<Self, RepositoryError> {
        let all = Self::all(repository)?;
        all.into_iter()
            .find(|remote| remote.name == name)
            .ok_or_else(|| RepositoryError::NoRemote(name.to_owned()))
    }

    /// Runs `git` towards the remote, whose URL stands where `arguments` hold [`URL`]. It is
    /// not rewritten a second time: a rule of `insteadOf` that maps it to itself is the
    /// longest that matches.
    fn git(&self, repository: &Repository, arguments: &[&str]) -> Result<Said, RepositoryError> {
        let pins = ["insteadOf", "pushInsteadOf"]
            .map(|rule| format!("--config-env=url.{}.{rule}={URL}", self.url));
        let arguments = arguments.iter().map(|word| match *word {
            URL => self.url.as_str(),
            word => word,
        });
        let arguments: Vec<&str> = pins.iter().map(String::as_str).chain(arguments).collect();
        let variables = [(URL, self.url.clone())];
        repository.hear_git(&arguments, &variables, b"")
    }

    /// Where the remote's `branch` stands this moment, with everything that it holds brought
    /// here. No reference of the clone changes, so any number of these can be under way.
    pub fn fetch(
        &self,
        repository: &Repository,
        branch: &str,
    ) -> Result<Option<ObjectId>, RepositoryError> {
        let name = format!("refs/heads/{branch}");
        Ok(self.fetch_all(repository, &[&name])?.pop().flatten())
    }

    /// The same for references named in full, each in its place.
    pub fn fetch_all(
        &self,
        repository: &Repository,
        names: &[&str],
    ) -> Result<Vec<Option<ObjectId>>, RepositoryError> {
        let tips = self.tips(repository, names)?;
        let mut missing = Vec::new();
        for (name, tip) in names.iter().zip(&tips) {
            let has = tip.map(|tip| repository.has_commit(tip)).transpose()?;
            missing.extend((has == Some(false)).then_some(*name));
        }
        if !missing.is_empty() {
            self.git(repository, &[&FETCH[..], &[URL], &missing].concat())?;
        }
        Ok(tips)
    }

    /// Where references of the remote stand this moment.
    fn tips(
        &self,
        repository: &Repository,
        names: &[&str],
    ) -> Result<Vec<Option<ObjectId>>, RepositoryError> {
        let said = self.git(repository, &[&["ls-remote", URL], names].concat())?;
        let said = String::from_utf8_lossy(&said.printed);
        // What is asked for matches the end of a name; only the name itself is meant.
        let tip = |name: &&str| {
            let mut lines = said.lines().filter_map(|line| line.split_once('\t'));
            let line = lines.find(|(_, found)| found == name);
            line.and_then(|(id, _)| ObjectId::parse(id))
        };
        Ok(names.iter().map(tip).collect())
    }

    /// Brings `commit` to the remote's `branch`. Fails where the remote cannot be reached.
    pub fn push(
        &self,
        repository: &Repository,
        commit: ObjectId,
        branch: &str,
    ) -> Result<Pushed, RepositoryError> {
        self.push_with(repository, commit, branch, None)
    }

    /// The same, moving the reference `also`, named in full, in one step with the branch.
    pub fn push_with(
        &self,
        repository: &Repository,
        commit: ObjectId,
        branch: &str,
        also: Option<&str>,
    ) -> Result<Pushed, RepositoryError> {
        let taken = || {
            repository.track(&self.name, branch, commit);
            Ok(Pushed::Taken)
        };
        let Err(refused) = self.offer_with(repository, commit, branch, also) else {
            return taken();
        };
        let Ok(there) = self.fetch(repository, branch) else {
            return Err(refused);
        };
        // What was pushed may have gone through, and others upon it, though we were not told.
        match there {
            Some(there) if repository.leads_to(commit, there)? => taken(),
            Some(there) if !repository.leads_to(there, commit)? => Ok(Pushed::Moved),
            _ => match refused {
                RepositoryError::Program(_, why) => Ok(Pushed::Refused(why)),
                other => Err(other),
            },
        }
    }

    /// Pushes `commit`, and answers what the remote remarked. The user's pre-push hook runs:
    /// it is what uploads the attachments of a repository with LFS.
    pub(super) fn offer(
        &self,
        repository: &Repository,
        commit: ObjectId,
        branch: &str,
    ) -> Result<String, RepositoryError> {
        self.offer_with(repository, commit, branch, None)
    }

    fn offer_with(
        &self,
        repository: &Repository,
        commit: ObjectId,
        branch: &str,
        also: Option<&str>,
    ) -> Result<String, RepositoryError> {
        let what = format!("{commit}:refs/heads/{branch}");
        let also = also.map(|also| format!("{commit}:{also}"));
        let mut arguments = vec!["push", "--no-follow-tags"];
        if also.is_some() {
            arguments.push("--atomic");
        }
        arguments.extend([URL, &what]);
        arguments.extend(also.as_deref());
        Ok(self.git(repository, &arguments)?.remarked)
    }
}

/// A line of `git remote -v`: name, URL, and whether it is pushed to. A filter of a partial
/// clone may come last.
fn remote_line(line: &str) -> Option<(&str, &str, bool)> {
    let (name, rest) = line.split_once('\t')?;
    let fetched = rest.rfind(" (fetch)").map(|end| (end, false));
    let pushed = rest.rfind(" (push)").map(|end| (end, true));
    let (end, pushed) = fetched.max(pushed)?;
    Some((name, rest.get(..end)?, pushed))
}
