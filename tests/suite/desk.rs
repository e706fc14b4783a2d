//! A desk to tell stories at: a temporary repository with its own clock and author.
//!
//! No test makes a repository by hand. Time stands still until a story says that it
//! passes, and nothing of the machine's own configuration is seen.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use annals::text::duration::Duration;
use annals::text::moment::Moment;
use tempfile::TempDir;

/// The moment at which every story begins.
pub(crate) const BEGINNING: &str = "2026-11-22T07:00:00.000Z";

/// A temporary working tree, a clock, and somebody who works there.
pub(crate) struct Desk {
    home: TempDir,
    /// The working tree, or the bare repository.
    pub(crate) folder: PathBuf,
    now: Moment,
    author: (String, String),
    variables: Vec<(String, String)>,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
    /// The exit code.
    pub(crate) code: i32,
}

impl Said {
    /// The same, having made sure of the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }

    /// The same, having made sure that standard output holds `text`.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(
            self.out.contains(text),
            "expected {text:?} in:\n{}\nerr: {}",
            self.out,
            self.err
        );
        self
    }

    /// The same, having made sure that standard error holds `text`.
    #[track_caller]
    pub(crate) fn warns(self, text: &str) -> Self {
        assert!(
            self.err.contains(text),
            "expected {text:?} in:\n{}",
            self.err
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|fault| panic!("{fault} in:\n{}\n{}", self.out, self.err))
    }

    /// The id that a writing verb printed on its last line.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.out.lines().last().expect("a line").trim().to_owned()
    }
}

impl Desk {
    /// A new repository on branch `main`, without commits.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("repository");
        std::fs::create_dir(&folder).expect("a folder");
        let desk = Self {
            home,
            folder,
            now: Moment::parse(BEGINNING).expect("a moment"),
            author: ("Ana Ruiz".into(), "ana@example.com".into()),
            variables: Vec::new(),
        };
        desk.git(&["init", "--quiet", "--initial-branch=main"]);
        desk
    }

    /// A folder that is no repository yet.
    pub(crate) fn bare_folder() -> Self {
        let desk = Self::new();
        std::fs::remove_dir_all(desk.folder.join(".git")).expect("a folder");
        desk
    }

    /// The desk's moment.
    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    /// A repository that `annals init` has made ready.
    pub(crate) fn ready() -> Self {
        let desk = Self::new();
        desk.annals(&["init"]).exits(0);
        desk
    }

    /// A bare copy of `of`, as a remote would be.
    pub(crate) fn bare(of: &Self) -> Self {
        Self::copied(of, &["--bare"])
    }

    /// A clone of `of`.
    pub(crate) fn clone_of(of: &Self) -> Self {
        Self::copied(of, &[])
    }

    fn copied(of: &Self, how: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("repository");
        let (from, to) = (
            of.folder.display().to_string(),
            folder.display().to_string(),
        );
        let mut arguments = vec!["clone", "--quiet"];
        arguments.extend(how);
        arguments.extend([from.as_str(), to.as_str()]);
        of.git(&arguments);
        Self {
            home,
            folder,
            now: of.now,
            author: of.author.clone(),
            variables: of.variables.clone(),
        }
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, duration: Duration) -> &mut Self {
        self.now = self.now.plus(duration);
        self
    }

    /// Sets an environment variable for what is run from now on.
    pub(crate) fn variable(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file, folders included.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let file = self.folder.join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("folders");
        std::fs::write(file, text).expect("a file");
        self
    }

    /// Reads a file.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.join(path))
            .unwrap_or_else(|fault| panic!("{path}: {fault}"))
    }

    /// Every file of the working tree but Git's own, in order.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = walkdir::WalkDir::new(&self.folder)
            .sort_by_file_name()
            .into_iter()
            .filter_map(Result::ok);
        files
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                entry
                    .path()
                    .strip_prefix(&self.folder)
                    .expect("inside")
                    .display()
                    .to_string()
            })
            .filter(|path| !path.starts_with(".git/"))
            .collect()
    }

    /// Commits everything in the working tree.
    pub(crate) fn commit(&self, message: &str) -> &Self {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self
    }

    /// Runs `git`, which must succeed, and answers what it prints.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let said = self.try_git(arguments);
        assert_eq!(said.code, 0, "git {arguments:?}: {}", said.err);
        said.out.trim_end().to_owned()
    }

    /// Runs `git`.
    pub(crate) fn try_git(&self, arguments: &[&str]) -> Said {
        said(self.command("git").args(arguments).output())
    }

    /// Runs `annals` at the desk's moment.
    pub(crate) fn annals(&self, arguments: &[&str]) -> Said {
        self.annals_reading(arguments, "")
    }

    /// Runs `annals`, which must refuse and record nothing. Then every command that its message
    /// names in backticks, as a shell takes it: each must work, and is taken back.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str]) -> Said {
        let before = (self.git(&["rev-parse", "HEAD"]), self.files());
        let said = self.annals(arguments).exits(2);
        let after = (self.git(&["rev-parse", "HEAD"]), self.files());
        assert_eq!(
            before, after,
            "{arguments:?} recorded something: {}",
            said.err
        );
        let parts = said.err.split('`').skip(1).step_by(2);
        for remedy in parts.filter(|part| part.starts_with("annals ")) {
            let annals = env!("CARGO_BIN_EXE_annals");
            let typed = remedy.replacen("annals", &format!("annals --now {}", self.now), 1);
            let script = format!("annals() {{ {annals} \"$@\"; }}\n{typed}");
            let ran = self::said(self.command("bash").args(["-c", &script]).output());
            assert_eq!(ran.code, 0, "`{remedy}` does not work: {}", ran.err);
            self.git(&["reset", "--quiet", "--hard", &before.0]);
        }
        said
    }

    /// Runs `annals` at the desk's moment in a folder of the working tree.
    pub(crate) fn annals_in(&self, folder: &str, arguments: &[&str]) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_annals"));
        command.current_dir(self.folder.join(folder));
        let now = self.now.to_string();
        said(command.args(arguments).args(["--now", &now]).output())
    }

    /// Runs `annals` with `input` on its standard input.
    pub(crate) fn annals_reading(&self, arguments: &[&str], input: &str) -> Said {
        use std::io::Write;
        let mut child = self
            .command(env!("CARGO_BIN_EXE_annals"))
            .args(arguments)
            .args(["--now", &self.now.to_string()])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("annals runs");
        // A verb that does not read its input may be gone before all of it is written.
        let _ = child
            .stdin
            .take()
            .expect("standard input")
            .write_all(input.as_bytes());
        said(child.wait_with_output())
    }

    /// A command as it runs at this desk.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let date = format!("{} +0000", self.now.seconds());
        command
            .current_dir(if self.folder.exists() {
                &self.folder
            } else {
                self.home.path()
            })
            .env_clear()
            .env("PATH", env!("PATH"))
            .env("HOME", self.home.path())
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TEMPLATE_DIR", "")
            .env("GIT_CONFIG_COUNT", "2")
            .env("GIT_CONFIG_KEY_0", "user.name")
            .env("GIT_CONFIG_VALUE_0", &self.author.0)
            .env("GIT_CONFIG_KEY_1", "user.email")
            .env("GIT_CONFIG_VALUE_1", &self.author.1)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .envs(self.variables.iter().cloned());
        self.write_configuration();
        command
    }

    /// Who works here, for what does not read the environment. Git neither packs nor looks
    /// whether it should: that is a third of the processes of a story, and packing behind a
    /// story's back would show the next command half a pack. A story about packing asks for it.
    fn write_configuration(&self) {
        let text = format!(
            "[user]\n\tname = {}\n\temail = {}\n\
             [gc]\n\tauto = 0\n\tautoDetach = false\n\
             [maintenance]\n\tauto = false\n\tautoDetach = false\n",
            self.author.0, self.author.1
        );
        let file = self.home.path().join(".gitconfig");
        // Commands may run side by side, and none is to read half of it.
        if std::fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            std::fs::write(file, text).expect("a configuration");
        }
    }
}

fn said(output: std::io::Result<Output>) -> Said {
    let output = output.expect("the program runs");
    Said {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code().unwrap_or(-1),
    }
}

/// So many minutes.
pub(crate) fn minutes(minutes: i64) -> Duration {
    Duration::minutes(minutes)
}
