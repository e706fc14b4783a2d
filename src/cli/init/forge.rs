//! The files by which a forge runs annals.
//!
//! They lie at the top of the repository, wherever the record lies in it. A record that is
//! a folder of a larger repository has files, jobs and groups of its own name, works in its
//! folder, and is not woken by what changes outside of it. The scripts are the same for all
//! forges. What goes wrong in one step is noted and told by the last one, since a failed
//! action is when people look at the page, and must not keep it from being published.

use crate::cli::arguments::Forge;

/// The one file that GitLab reads.
pub(super) const GITLAB: &str = ".gitlab-ci.yml";

/// Gets annals.
const INSTALL: &str = include_str!("install.sh");
/// Says whether what was recorded was rewritten by a push.
const CHECK: &str = include_str!("check.sh");
/// Builds the site, also beside a broken file.
const BUILD: &str = include_str!("build.sh");
/// Fails if anything did.
const VERDICT: &str = include_str!("verdict.sh");
/// Where GitLab's job begins that publishes.
const PAGES: &str = "# Its pages job";

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

    /// The forge's files: their paths in the repository, and their text. annals comes from
    /// where `install` says, unless a variable of the forge says otherwise.
    pub(super) fn files(&self, forge: Forge, install: Option<&str>) -> Vec<(String, String)> {
        let name = self.name("annals");
        match forge {
            Forge::Github => self.workflow(
                format!(".github/workflows/{name}.yaml"),
                include_str!("github.yaml"),
                install,
            ),
            Forge::Forgejo => self.workflow(
                format!(".forgejo/workflows/{name}.yaml"),
                include_str!("forgejo.yaml"),
                install,
            ),
            Forge::Gitlab => self.gitlab(install),
        }
    }

    fn workflow(&self, path: String, text: &str, install: Option<&str>) -> Vec<(String, String)> {
        let (mut paths, mut defaults) = (String::new(), String::new());
        if !self.folder.is_empty() {
            let inside = quoted(&format!("{}**", self.folder));
            paths = format!("    paths: [{inside}, {}]\n", quoted(&path));
            let folder = quoted(self.folder.trim_end_matches('/'));
            defaults = format!("defaults: {{run: {{working-directory: {folder}}}}}\n");
        }
        let install = match install {
            Some(install) => format!("${{{{ vars.ANNALS_INSTALL || '{install}' }}}}"),
            None => "${{ vars.ANNALS_INSTALL }}".to_owned(),
        };
        let get = include_str!("get.yaml").replace("{script}\n", &indented(INSTALL, 10));
        let text = text
            .replace("{get}\n", &get)
            .replace("{check}\n", &indented(CHECK, 10))
            .replace("{build}\n", &indented(BUILD, 10))
            .replace("{verdict}\n", &indented(VERDICT, 10))
            .replace("{install}", &quoted(&install))
            .replace("{paths}\n", &paths)
            .replace("{defaults}\n", &defaults);
        vec![(path, self.filled(&text))]
    }

    /// GitLab reads one file only, so a folder's own is included there.
    fn gitlab(&self, install: Option<&str>) -> Vec<(String, String)> {
        let install = install.map(|install| format!("ANNALS_INSTALL: {}, ", quoted(install)));
        let get = format!("ANNALS_HOME=$CI_PROJECT_DIR/.cache/annals\n{INSTALL}PATH=$bin:$PATH\n");
        let pushed = format!(
            "$CI_COMMIT_BRANCH == \"{}\" && $CI_PIPELINE_SOURCE == \"push\"",
            self.branch
        );
        let text = include_str!("gitlab.yaml")
            .replace("{get}\n", &indented(&get, 6))
            .replace("{check}\n", &indented(CHECK, 6))
            .replace("{build}\n", &indented(BUILD, 6))
            .replace("{verdict}\n", &indented(VERDICT, 6))
            .replace("{install}", &install.unwrap_or_default())
            .replace("{pushed}", &quoted(&pushed));
        let text = self.filled(&text);
        if self.folder.is_empty() {
            let plain = text
                .replace("{jobs}", "annals")
                .replace("{changes}", "")
                .replace("{enter}\n", "");
            return vec![(GITLAB.to_owned(), plain)];
        }
        let folder = self.folder.trim_end_matches('/');
        let inside = quoted(&format!("{}**/*", self.folder));
        let jobs = format!("annals {folder}");
        // A repository has one site, and who publishes it is for its own file to say.
        let own = text.split_once(PAGES).map_or(text.as_str(), |(own, _)| own);
        let text = own
            .replace("{jobs} look", &quoted(&format!("{jobs} look")))
            .replace("{jobs} act", &quoted(&format!("{jobs} act")))
            .replace("{changes}", &format!(", changes: [{inside}]"))
            .replace("{enter}\n", &format!("    - cd {}\n", quoted(folder)));
        let text = format!(
            "{text}# Publish the folder `{}public` from the job `pages`, which needs {}.\n",
            self.folder,
            quoted(&format!("{jobs} act"))
        );
        let own = format!("{}{GITLAB}", self.folder);
        let include = format!("include:\n  - local: {}\n", quoted(&format!("/{own}")));
        vec![(own, text), (GITLAB.to_owned(), include)]
    }

    fn filled(&self, text: &str) -> String {
        let public = match self.folder.as_str() {
            "" => "public".to_owned(),
            folder => quoted(&format!("{folder}public")),
        };
        // Patterns of branches know `+` and `!`, which names may hold.
        let branch = self.branch.replace('+', "\\+");
        let branch = match branch.strip_prefix('!') {
            Some(rest) => format!("\\!{rest}"),
            None => branch,
        };
        text.replace("{branch}", &quoted(&branch))
            .replace("{name}", &self.name("annals"))
            .replace("{public}", &public)
    }
}

/// Whether annals can be had from `install`, as far as files of a forge can say it: what has
/// a meaning of its own to a shell, to YAML or to the forge is refused.
pub(super) fn is_place(install: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@:/._~+%=-?&".contains(c);
    !install.is_empty() && !install.starts_with('-') && install.chars().all(plain)
}

/// A script as part of a YAML text, each line so many blanks in.
fn indented(script: &str, blanks: usize) -> String {
    let blanks = " ".repeat(blanks);
    let lines = script.split_inclusive('\n');
    lines.flat_map(|line| [blanks.as_str(), line]).collect()
}

/// A text in quotation marks, as YAML reads it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
