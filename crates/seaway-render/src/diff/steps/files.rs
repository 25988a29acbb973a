//! Files of volumes: into a bucket, or out of the cluster.

use seaway_core::options::S3;
use seaway_core::shell::{Command, command};

use super::{Cx, step};
use crate::diff::data::{Store, output};
use crate::diff::mover::{FILES, Mover, caller, user_of};
use crate::diff::{Step, Task};
use crate::images;

pub(super) fn movers<'a>(cx: &Cx<'a>, store: &Store<'a>) -> Vec<Mover<'a>> {
    if !store.data.was.starts_with("PersistentVolumeClaim/") {
        return Vec::new();
    }
    let owner = cx.from.stack.parts.values().find(|part| part.facts.is_application());
    let user = owner.map_or(Some(crate::names::USER), |part| user_of(cx.from, &part.name.value));
    let account =
        store.to.and_then(|bucket| caller(cx.to, bucket)).map(|part| part.name.to_string());
    // It mounts what the first stage has, and reaches what the second one reaches.
    let stage = if store.to.is_some() { cx.to } else { cx.from };
    vec![Mover {
        stage,
        name: format!("move-{}", store.data.name),
        image: if store.to.is_some() { images::AWS_CLI } else { images::POSTGRES[4].1 }.to_owned(),
        target: store.to,
        claim: Some((store.data.name.clone(), false)),
        user,
        account,
    }]
}

pub(super) fn steps(cx: &Cx<'_>, store: &Store<'_>) -> Vec<Step> {
    let name = &store.data.name;
    let Some(mover) = movers(cx, store).into_iter().next() else {
        let mut save = step(format!("copy what the volumes of {} hold", store.data.was));
        save.notes.push(
            "each of its pods has claims of its own; mount them in a pod, as a Job does, and copy the files".to_owned(),
        );
        save.commands.push(command("{} get pvc", &[&cx.old]));
        return vec![save];
    };
    let kubectl = cx.kubectl(mover.stage);
    let mut commands = cx.start(&mover);
    let title = match (store.to, store.data.task) {
        (Some(bucket), _) => {
            let text = |name| output(bucket, name);
            let target = text("bucket").unwrap_or_default();
            let prefix = text("media-prefix").or_else(|| text("prefix")).unwrap_or_default();
            // A prefix without its slash would stand for longer ones as well.
            let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
            let to = format!("s3://{target}/{prefix}{slash}");
            let s3 = bucket.component.options::<S3>();
            let store = s3.and_then(|s3| s3.endpoint.as_ref());
            let store = store.map_or_else(Command::default, |url| {
                command(" --endpoint-url {}", &[&url.to_string()])
            });
            commands.push(command(
                "{} exec pod/{} -- aws s3 sync {} {}{} --exclude 'lost+found/*' --no-progress",
                &[kubectl, &mover.name, &format!("{FILES}/"), &to, &store],
            ));
            let count = command(
                "find {} -type f | wc -l; aws s3 ls {}{} --recursive --summarize | tail -n 2",
                &[&FILES, &to, &store],
            );
            commands.push(command(
                "{} exec pod/{} -- sh -c {}",
                &[kubectl, &mover.name, &count.as_str()],
            ));
            format!("copy the files of `{name}` to {to}")
        }
        (None, task) => {
            let file = format!("{name}.tar");
            commands.push(command(
                "{} exec pod/{} -- tar --create --directory={} --exclude=./lost+found . > {}",
                &[kubectl, &mover.name, &FILES, &file],
            ));
            commands.push(command("tar --list --file {} | wc -l", &[&file]));
            if task == Task::Move {
                format!(
                    "save the files of `{name}`, and unpack them in the claim of {}",
                    cx.second()
                )
            } else {
                format!("save the files of `{name}`: nothing in {} takes them", cx.second())
            }
        }
    };
    let mut copy = step(title);
    if !super::one_cluster(&cx.from.stack, &cx.to.stack) && store.to.is_some() {
        copy.notes.push(
            "the pod has to run where the volume is: in another cluster, save the files with `tar` and sync them from \
             there"
                .to_owned(),
        );
    }
    copy.commands = commands;
    vec![copy]
}
