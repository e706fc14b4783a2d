//! Where things stand on a site: every page and every file has a path of its own.
//!
//! Ids hold lower-case letters, digits, dots and hyphens, and perhaps `~` with a number at
//! the end. Pages of an incident are called after its id, with an ending for each form; what
//! it attaches lies in a folder that is called after it too. So that no page is another's or
//! a folder's, whatever ids people choose:
//!
//! * an id that means something else to web servers is followed by `~`, which no id ends with;
//! * so is the folder of an id that ends as a page does.

use super::record::encoded;

/// Names of pages that mean something else: what is shown for a folder, and in the place of
/// what is missing.
const RESERVED: [&str; 2] = ["index", "404"];
/// How pages end.
const ENDINGS: [&str; 3] = [".html", ".md", ".json"];

/// What the pages of the incident `id` are called, without their ending, as a part of an
/// address.
pub(super) fn page(id: &str) -> String {
    let name = encoded(id);
    if RESERVED.contains(&id) {
        return name + "~";
    }
    name
}

/// What the folder of its files is called.
pub(super) fn folder(id: &str) -> String {
    let name = encoded(id);
    if ENDINGS.iter().any(|ending| id.ends_with(ending)) {
        return name + "~";
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::incident::id::IncidentId;

    /// Every path of the site that is made of the id `id`.
    fn paths(id: &str) -> Vec<String> {
        let mut paths = vec![format!("incidents/{}/", folder(id))];
        for ending in ENDINGS {
            paths.push(format!("incidents/{}{ending}", page(id)));
        }
        for ending in [".html", ".md"] {
            paths.push(format!("retrospectives/{}{ending}", page(id)));
        }
        paths
    }

    proptest! {
        #[test]
        fn no_two_ids_share_a_path(
            ids in prop::collection::btree_set("(a|index|404|outage)(\\.(html|md|json|index|404)){0,3}", 1..8),
            again in 2..4usize,
        ) {
            let mut seen = BTreeSet::from(["retrospectives/index.html".to_owned()]);
            for id in &ids {
                let id = IncidentId::new(id).expect("an id");
                for id in [id.clone(), id.again(again)] {
                    for path in paths(id.as_str()) {
                        // A folder and a file of one name are one path as well.
                        prop_assert!(seen.insert(path.trim_end_matches('/').to_owned()), "{path}");
                    }
                }
            }
        }
    }
}
