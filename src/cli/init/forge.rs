//! The files by which a forge runs annals.
//!
//! They lie at the top of the repository, wherever the record lies in it. A record that is
//! a folder of a larger repository has files, jobs and groups of its own name, works in its
//! folder, and is not woken by what changes outside of it.

use crate::cli::arguments::Forge;

/// The one file that GitLab reads.
pub(super) const GITLAB: &str = ".gitlab-ci.yml";

/// A record in its repository, and how it is told from others there.
pub(super) struct Home {
    /// Its folder; empty, or ending in `/`.
    pub folder: String,
    /// The folder in letters, digits and hyphens; empty at the top.
    pub slug: String,
    /// The record branch.
    pub branch: String,
}

impl Home {
    /// A home for the record in `folder`.
    pub(super) fn new(folder: String, branch: String) -> Self {
        let slug = slug::slugify(&folder);
        let slug = if slug.is_empty() && !folder.is_empty() {
            "record".to_owned()
        } else {
            slug
        };
        Self {
            folder,
            slug,
            branch,
        }
    }

    /// A name of this record's own that begins with `word`.
    pub(super) fn name(&self, word: &str) -> String {
        match self.slug.as_str() {
            "" => word.to_owned(),
            slug => format!("{word}-{slug}"),
        }
    }

    /// The forge's files: their paths in the repository, and their text.
    pub(super) fn files(&self, forge: Forge) -> Vec<(String, String)> {
        let name = self.name("annals");
        match forge {
            Forge::Github => self.workflow(
                format!(".github/workflows/{name}.yaml"),
                include_str!("github.yaml"),
            ),
            Forge::Forgejo => self.workflow(
                format!(".forgejo/workflows/{name}.yaml"),
                include_str!("forgejo.yaml"),
            ),
            Forge::Gitlab => self.gitlab(),
        }
    }

    fn workflow(&self, path: String, text: &str) -> Vec<(String, String)> {
        let (mut paths, mut defaults) = (String::new(), String::new());
        if !self.folder.is_empty() {
            let inside = quoted(&format!("{}**", self.folder));
            paths = format!("    paths: [{inside}, {}]\n", quoted(&path));
            let folder = quoted(self.folder.trim_end_matches('/'));
            defaults = format!("defaults: {{run: {{working-directory: {folder}}}}}\n");
        }
        let text = self
            .filled(text)
            .replace("{paths}\n", &paths)
            .replace("{defaults}\n", &defaults);
        vec![(path, text)]
    }

    /// GitLab reads one file only, so a folder's own is included there.
    fn gitlab(&self) -> Vec<(String, String)> {
        let text = self.filled(include_str!("gitlab.yaml"));
        if self.folder.is_empty() {
            let plain = text
                .replace("{jobs}", "annals")
                .replace("{changes}", "")
                .replace("{enter}\n", "")
                .replace(
                    "{pages}\n",
                    "# Its pages job: GitLab publishes the folder `public`.\npages:\n",
                );
            return vec![(GITLAB.to_owned(), plain)];
        }
        let folder = self.folder.trim_end_matches('/');
        let inside = quoted(&format!("{}**/*", self.folder));
        let jobs = format!("annals {folder}");
        let pages = format!(
            "# Publish the folder `{}public` from the job `pages`.\n{}:\n",
            self.folder,
            quoted(&format!("{jobs} act"))
        );
        let text = text
            .replace("{jobs} look", &quoted(&format!("{jobs} look")))
            .replace("{changes}", &format!(", changes: [{inside}]"))
            .replace("{enter}\n", &format!("    - cd {}\n", quoted(folder)))
            .replace("{pages}\n", &pages);
        let own = format!("{}{GITLAB}", self.folder);
        let include = format!("include:\n  - local: {}\n", quoted(&format!("/{own}")));
        vec![(own, text), (GITLAB.to_owned(), include)]
    }

    fn filled(&self, text: &str) -> String {
        let public = match self.folder.as_str() {
            "" => "public".to_owned(),
            folder => quoted(&format!("{folder}public")),
        };
        text.replace("{branch}", &self.branch)
            .replace("{name}", &self.name("annals"))
            .replace("{public}", &public)
    }
}

/// A text in quotation marks, as YAML reads it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
