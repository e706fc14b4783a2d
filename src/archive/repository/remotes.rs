//! What the user's configuration says of remotes, and of what goes to which.

use super::{ObjectId, Repository, RepositoryError};

impl Repository {
    /// Whether a remote is called `name`.
    pub fn has_remote(&self, name: &str) -> bool {
        self.git.find_remote(name).is_ok()
    }

    /// Keeps in mind that `branch` of the remote called `name` stands at `commit`, where the
    /// configuration says that this is kept. It is for people who look at their clone:
    /// nothing of annals depends on it, so that it failed stops nothing.
    pub fn track(&self, name: &str, branch: &str, commit: ObjectId) {
        let from = format!("refs/heads/{branch}");
        let Ok(remote) = self.git.find_remote(name) else {
            return;
        };
        for refspec in remote.refspecs() {
            if refspec.direction() == git2::Direction::Fetch
                && refspec.src_matches(&from)
                && let Ok(place) = refspec.transform(&from)
                && let Ok(place) = place.as_str()
                && !place.starts_with("refs/heads/")
            {
                let _ = self.remember(place, commit);
            }
        }
    }

    /// Where the clone last saw `branch` of each of its remotes.
    pub fn tracked(&self, branch: &str) -> Result<Vec<ObjectId>, RepositoryError> {
        let mut seen = Vec::new();
        for name in &self.git.remotes()? {
            if let Some(name) = name? {
                seen.extend(self.reference(&format!("refs/remotes/{name}/{branch}"))?);
            }
        }
        Ok(seen)
    }

    /// Where `git push` would bring the local branch `name`: which remote, if any is meant or
    /// there is one called `origin`, and which branch there.
    pub fn push_target(&self, name: &str) -> Result<(Option<String>, String), RepositoryError> {
        let said = |key: &str| self.configured(key).map(|said| said.map(str::to_owned));
        let of_branch = |key: &str| said(&format!("branch.{name}.{key}"));
        let upstream = of_branch("remote")?;
        let remote = of_branch("pushremote")?
            .or(said("remote.pushdefault")?)
            .or_else(|| upstream.clone())
            .filter(|remote| remote != ".")
            .or_else(|| self.has_remote("origin").then(|| "origin".to_owned()));
        let to_upstream = matches!(
            said("push.default")?.as_deref(),
            Some("upstream" | "tracking")
        );
        let merged = of_branch("merge")?.filter(|_| to_upstream && upstream == remote);
        let there = merged
            .as_deref()
            .and_then(|branch| branch.strip_prefix("refs/heads/"))
            .unwrap_or(name);
        Ok((remote, there.to_owned()))
    }

    /// The branch of annals' own on which what is called `id` waits to be merged.
    pub fn branch_for(&self, id: &str) -> String {
        let name = format!("annals/{id}");
        if git2::Branch::name_is_valid(&name).unwrap_or(false) {
            name
        } else {
            name.replace('.', "-")
        }
    }
}
