//! Where a `backup` writes to → a mount of the volume, or an edge to the bucket.

use crate::options::{Backup, DUMPS, Mount, S3};
use crate::stack::Part;
use crate::values::{MountPath, Name};
use crate::{Sourced, Stack};

/// Gives each backup the way to its dumps. What it names and the stage does not have is reported by a rule.
pub(super) fn expand(stack: &mut Stack) {
    let backups: Vec<(Name, Backup)> = stack
        .parts
        .values()
        .filter_map(|part| {
            Some((part.name.value.clone(), part.component.options::<Backup>()?.clone()))
        })
        .collect();
    for (name, backup) in backups {
        let to = backup.to;
        let is_volume = stack.volumes.contains_key(&to);
        let is_bucket = is_bucket(stack.parts.get(&to.value));
        let Some(part) = stack.parts.get_mut(&name) else { continue };
        if is_volume {
            let origin = to.origin;
            let mount = Mount { volume: Some(to), ..Mount::default() };
            part.shared
                .mounts
                .entry(Sourced { value: path(), origin })
                .or_insert(Sourced { value: mount, origin });
        } else if is_bucket {
            part.edges.insert(to.value, to.origin);
        }
    }
}

fn is_bucket(part: Option<&Part>) -> bool {
    part.is_some_and(|part| part.component.options::<S3>().is_some())
}

/// The path at which a volume with dumps is mounted.
fn path() -> MountPath {
    MountPath::try_from(DUMPS.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"))
}
