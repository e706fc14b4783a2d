//! What came of an append that was pushed, or was not, in words.

use super::context::Context;
use super::failure::Failure;
use super::{console, exit};
use crate::archive::push::{Base, Landed, Target};
use crate::archive::repository::ObjectId;
use crate::archive::settings;
use crate::text::plain;

/// Where an append came to lie.
pub(super) struct Landing {
    pushed: Option<(Landed, Target, String)>,
}

impl Landing {
    /// In this clone, as it was meant to.
    pub(super) fn local() -> Self {
        Self { pushed: None }
    }

    /// Where pushing it to `target` left it; `aside` is the branch for what was not taken.
    pub(super) fn pushed(landed: Landed, target: &Target, aside: &str) -> Self {
        let pushed = Some((landed, target.clone(), aside.to_owned()));
        Self { pushed }
    }

    /// Tells where it lies, and answers the exit code.
    pub(super) fn tell(&self) -> Result<u8, Failure> {
        let Some((landed, target, aside)) = &self.pushed else {
            return Ok(exit::FINE);
        };
        let (remote, there, here) = (&target.remote.name, &target.there, &target.here);
        match landed {
            Landed::There { behind, .. } => {
                console::remark(&format!("pushed to {there} of {remote}"));
                if let Some(why) = behind {
                    console::remark(&format!(
                        "{here} of this clone did not follow: {}; `git pull` brings it up to date",
                        plain::line(why)
                    ));
                }
                Ok(exit::FINE)
            }
            Landed::Nowhere => Ok(exit::FINE),
            Landed::Aside { why, request } => {
                console::remark(&format!(
                    "{remote} refuses it on {there}:\n{}",
                    plain::lines(why)
                ));
                console::remark(&format!(
                    "so it waits on branch {aside} of {remote} until that is merged into {there}"
                ));
                if let Some(request) = request {
                    console::remark(&format!("  {}", plain::line(request)));
                }
                Ok(exit::FINDINGS)
            }
            Landed::Here { branch, why } => Err(Failure::repository(format!(
                "it is recorded on {branch} of this clone and was not pushed: {why}"
            ))
            .help(later(target, branch))),
        }
    }
}

/// How what was not pushed is pushed later.
fn later(target: &Target, branch: &str) -> String {
    let (remote, there) = (&target.remote.name, &target.there);
    if branch == target.here {
        format!(
            "the next `--push` takes it along; so does `git push {remote} {branch}:{there}`, after `git pull` if others pushed meanwhile"
        )
    } else {
        format!("push it with `git push {remote} {branch}` and have it merged into {there}")
    }
}

/// Says that what is only on the local branch is not pushed along. Fails where that is the
/// record itself.
pub(super) fn tell_apart(context: &Context, target: &Target, base: &Base) -> Result<(), Failure> {
    let repository = &context.repository;
    let (remote, there, here) = (&target.remote.name, &target.there, &target.here);
    let holds = |commit: Option<ObjectId>| -> Result<bool, Failure> {
        let read = commit.map(|commit| repository.file(commit, settings::FILE));
        Ok(read.transpose()?.flatten().is_some())
    };
    if holds(repository.tip(here)?)? && !holds(base.commit)? {
        let missing = format!("{there} of {remote} does not hold this record yet");
        return Err(Failure::repository(missing).help(format!(
            "publish it first: `git push {remote} {here}:{there}`"
        )));
    }
    console::remark(&format!(
        "{here} of this clone has commits that change more than the record: they are not pushed, and this is appended to {there} of {remote} without them"
    ));
    Ok(())
}
