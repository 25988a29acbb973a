//! Data of a volume that stays, and that the new program can not read: another major of PostgreSQL, an older Redis, another
//! program altogether, and what is only said when a database is made.
//!
//! A server that finds files which it can not read ends, again and again. From 18 on each major of PostgreSQL looks in a folder of
//! its own, and an init container refuses a volume with the files of another.

use std::collections::BTreeSet;

use seaway_core::shell::{Command, command, psql_name, sql_name};
use seaway_core::values::Image;
use seaway_core::{Code, Diagnostic, Node, Severity, Sink, Span, Value, suggest};

use super::lost::layers;
use super::{Revisions, instance, items, namespace_flag, resource};
use crate::Object;
use crate::fault::fault;
use crate::object::Id;

/// One error a server.
pub(super) fn check(revisions: &Revisions<'_>, sink: &mut Sink) {
    for fault in faults(revisions) {
        sink.report(fault.diagnostic);
    }
}

/// A server that does not take its data as it is.
#[derive(Debug)]
pub(crate) struct Unfit<'a> {
    /// Its component, if it is one of ours.
    pub(crate) component: Option<&'a str>,
    /// What does not fit, for people.
    pub(crate) what: String,
    /// What to do, for people.
    pub(crate) help: String,
    /// Commands that make it fit.
    pub(crate) commands: Vec<Command>,
}

/// All servers that do not take their data as it is.
pub(crate) fn unfit<'r>(revisions: &'r Revisions<'_>) -> Vec<Unfit<'r>> {
    let faults = faults(revisions).into_iter();
    faults
        .map(|fault| Unfit {
            component: fault.component,
            what: fault.diagnostic.message,
            help: fault.diagnostic.help.unwrap_or_default(),
            commands: fault.commands,
        })
        .collect()
}

struct Fault<'a> {
    component: Option<&'a str>,
    diagnostic: Diagnostic,
    commands: Vec<Command>,
}

fn faults<'r>(revisions: &'r Revisions<'_>) -> Vec<Fault<'r>> {
    let mut found = Vec::new();
    for (id, old) in revisions.old.iter().filter(|(id, _)| id.0 == "apps") {
        let (Some(object), Some(old)) = (revisions.new.get(id), old.node()) else { continue };
        let Some(before) = Server::of(old).filter(|server| !server.claims.is_empty()) else {
            continue;
        };
        let Some(after) = revisions.tree(*id).and_then(Server::of) else { continue };
        if before.claims.is_disjoint(&after.claims) {
            continue;
        }
        let passwords = [
            before.secret.and_then(|name| revisions.old_password(*id, name)),
            after.secret.and_then(|name| revisions.new_password(*id, name)),
        ];
        let change = Change {
            id: *id,
            object,
            before: &before,
            after: &after,
            passwords,
            name: layers(revisions)
                .iter()
                .find_map(|layer| layer.get("name"))
                .map(|name| name.span),
        };
        if let Some(diagnostic) = change.fault() {
            found.push(Fault { component: instance(old), diagnostic, commands: change.renames() });
        }
    }
    found
}

/// What keeps data in claims, as the main container of a workload says it.
struct Server<'a> {
    /// The value of `app.kubernetes.io/name`.
    program: &'a str,
    container: &'a str,
    image: &'a str,
    /// The user that its pods run as.
    user: Option<i64>,
    /// The Secret that it reads as files: of a PostgreSQL that with its passwords.
    secret: Option<&'a str>,
    /// The claims that its pods mount, by name or by template.
    claims: BTreeSet<&'a str>,
    /// The variables that are text.
    env: Vec<(&'a str, &'a str)>,
}

impl<'a> Server<'a> {
    fn of(object: &'a Node) -> Option<Self> {
        let program = object.at(["metadata", "labels", "app.kubernetes.io/name"])?.as_str()?;
        let spec = object.at(["spec", "template", "spec"])?;
        let container = items(spec.get("containers")).next()?;
        let mounted = items(spec.get("volumes"))
            .filter_map(|volume| volume.at(["persistentVolumeClaim", "claimName"]));
        let templates = items(object.at(["spec", "volumeClaimTemplates"]))
            .filter_map(|claim| claim.at(["metadata", "name"]));
        let env = items(container.get("env")).filter_map(|variable| {
            Some((variable.get("name")?.as_str()?, variable.get("value")?.as_str()?))
        });
        let user = match spec.at(["securityContext", "runAsUser"]).map(|user| &user.value) {
            Some(Value::Integer(user)) => Some(*user),
            _ => None,
        };
        let secret = items(spec.get("volumes"))
            .find_map(|volume| volume.at(["secret", "secretName"]))
            .and_then(Node::as_str);
        Some(Self {
            program,
            secret,
            container: container.get("name")?.as_str()?,
            image: container.get("image")?.as_str()?,
            user,
            claims: mounted.chain(templates).filter_map(Node::as_str).collect(),
            env: env.collect(),
        })
    }

    fn variable(&self, name: &str) -> Option<&'a str> {
        self.env.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn image(&self) -> Option<Image> {
        Image::try_from(self.image.to_owned()).ok()
    }

    /// Its version, as far as the tag of its image says it: `17-3.5`, `v1.50.0`, `pg17`.
    fn version(&self) -> Option<Version> {
        let image = self.image()?;
        if self.program == "postgres" {
            return Some((image.postgres_major()?, 0));
        }
        let tag = image.tag.as_deref()?.trim_start_matches(['v', 'V']);
        let numbers = tag.split(|c: char| !c.is_ascii_digit());
        let mut numbers = numbers.map(str::parse::<u32>);
        let major = numbers.next()?.ok()?;
        Some((major, numbers.next().and_then(Result::ok).unwrap_or(0)))
    }

    /// The distribution that its image is made of, where the tag says it: its C library sorts texts. A tag without one is of a Debian.
    fn distribution(&self) -> Option<Distribution> {
        const DEBIAN: [&str; 4] = ["bullseye", "bookworm", "trixie", "forky"];
        let tag = self.image()?.tag?;
        let named = |name: &str| tag.split('-').any(|word| word.starts_with(name));
        if named("alpine") {
            return Some(Distribution::Alpine);
        }
        Some(Distribution::Debian(DEBIAN.into_iter().find(|name| named(name))))
    }
}

/// What an image is made of.
#[derive(Clone, Copy, PartialEq)]
enum Distribution {
    /// musl.
    Alpine,
    /// glibc, of a release if the tag says which.
    Debian(Option<&'static str>),
}

impl Distribution {
    fn name(self) -> &'static str {
        match self {
            Self::Alpine => "Alpine",
            Self::Debian(release) => release.unwrap_or("Debian"),
        }
    }

    /// Whether texts may be sorted in another way.
    fn differs(self, other: Self) -> bool {
        match (self, other) {
            (Self::Debian(Some(was)), Self::Debian(Some(is))) => was != is,
            (Self::Debian(_), Self::Debian(_)) => false,
            (was, is) => was != is,
        }
    }
}

/// Major and minor.
type Version = (u32, u32);

/// Which other versions a program reads the files of.
enum Reads {
    /// Those of the same major: PostgreSQL (<https://www.postgresql.org/docs/current/upgrading.html>).
    SameMajor,
    /// Those of the same minor: Meilisearch (<https://www.meilisearch.com/docs/learn/update_and_migration/updating>).
    SameMinor,
    /// Those of older ones: Redis (<https://redis.io/docs/latest/operate/oss_and_stack/install/upgrade/>), MySQL, MariaDB, RabbitMQ,
    /// `OpenSearch`, whose manuals all say that a downgrade is a restore.
    Older,
}

fn reads(program: &str) -> Option<Reads> {
    match program {
        "postgres" => Some(Reads::SameMajor),
        "meilisearch" => Some(Reads::SameMinor),
        "redis" | "valkey" | "mysql" | "mariadb" | "rabbitmq" | "opensearch" | "elasticsearch"
        | "clickhouse" => Some(Reads::Older),
        _ => None,
    }
}

/// The last Redis whose files Valkey reads: <https://valkey.io/topics/migration/>.
const FORKED: Version = (7, 2);

/// Where the steps of a dump and restore are.
const STEPS: &str = "`seaway diff` prints the steps of a dump and restore";

/// A server before and after.
struct Change<'a> {
    id: Id<'a>,
    object: &'a Object,
    before: &'a Server<'a>,
    after: &'a Server<'a>,
    /// The passwords of the application's role in base64, where the outputs hold them: those of development.
    passwords: [Option<String>; 2],
    /// Where the stack says its name, which the names in a database follow.
    name: Option<Span>,
}

impl Revisions<'_> {
    fn old_password(&self, (_, _, (around, _)): Id<'_>, secret: &str) -> Option<String> {
        password(self.old_tree(("", "Secret", (around, secret)))?)
    }

    fn new_password(&self, (_, _, (around, _)): Id<'_>, secret: &str) -> Option<String> {
        password(self.tree(("", "Secret", (around, secret)))?)
    }
}

fn password(secret: &Node) -> Option<String> {
    Some(secret.at(["data", "password"])?.as_str()?.to_owned())
}

impl Change<'_> {
    fn fault(&self) -> Option<Diagnostic> {
        self.program().or_else(|| self.version()).or_else(|| self.of_postgres())
    }

    /// What holds for the volume of a PostgreSQL alone.
    fn of_postgres(&self) -> Option<Diagnostic> {
        if self.after.program != "postgres" {
            return None;
        }
        self.said_once()
            .or_else(|| self.password())
            .or_else(|| self.user())
            .or_else(|| self.collation())
    }

    fn report(&self, path: &str, message: String) -> Diagnostic {
        fault(Code::UnreadableData, self.object, path, message)
    }

    /// The path of a field of the main container.
    fn at(&self, field: &str) -> String {
        format!("spec.template.spec.containers[{}].{field}", self.after.container)
    }

    fn name(&self) -> &str {
        self.id.2.1
    }

    /// The files of one program, in the hands of another.
    fn program(&self) -> Option<Diagnostic> {
        let (was, is) = (self.before.program, self.after.program);
        let forked = was == "redis" && is == "valkey" && self.before.version()? <= FORKED;
        let is_known = |program| reads(program).is_some();
        if was == is || forked || !(is_known(was) || is_known(is)) {
            return None;
        }
        let message = format!(
            "the volume of {} holds the files of {was}, and {is} does not read them",
            self.object.id()
        );
        Some(self.report(&self.at("image"), message).help(self.anew()))
    }

    fn version(&self) -> Option<Diagnostic> {
        let (was, is) = (self.before.version()?, self.after.version()?);
        let program = self.after.program;
        let reads = reads(program)?;
        let is_read = match reads {
            Reads::SameMajor => was.0 == is.0,
            Reads::SameMinor => was == is,
            Reads::Older => was <= is,
        };
        if is_read || self.before.program != program {
            return None;
        }
        let shown = |(major, minor): Version| match reads {
            Reads::SameMajor => major.to_string(),
            Reads::SameMinor | Reads::Older => format!("{major}.{minor}"),
        };
        let (was, is) = (shown(was), shown(is));
        let message = format!(
            "the volume of {} holds the files of {program} {was}, and {is} does not read them",
            self.object.id()
        );
        let diagnostic = self.report(&self.at("image"), message);
        Some(match reads {
            // From 18 on each major has a folder of its own.
            Reads::SameMajor if [&was, &is].iter().any(|one| one.parse().is_ok_and(|major: u32| major >= 18)) => diagnostic
                .note(STEPS)
                .note("it looks in another folder: its init container `check-volume` refuses the volume until the old version is back")
                .help(format!("keep the version, or {}", self.second())),
            Reads::SameMajor => diagnostic
                .note(STEPS)
                .note("it ends at once, again and again, until the old version is back")
                .help(format!("keep the version, or {}", self.second())),
            Reads::SameMinor | Reads::Older => diagnostic.help(self.anew()),
        })
    }

    /// The names of a database and its role that change: variable, word of SQL, word of the stack, and both names.
    fn renamed(&self) -> Vec<(&'static str, &'static str, &'static str, [&str; 2])> {
        let names =
            [("APP_DATABASE", "DATABASE", "database"), ("APP_USERNAME", "ROLE", "username")];
        let of = |(variable, kind, option)| {
            let (was, is) = (self.before.variable(variable)?, self.after.variable(variable)?);
            (was != is).then_some((variable, kind, option, [was, is]))
        };
        names.into_iter().filter_map(of).collect()
    }

    /// Commands that rename what is in a database. A superuser renames both, and neither is in use by itself
    /// (<https://www.postgresql.org/docs/current/sql-alterrole.html>).
    fn renames(&self) -> Vec<Command> {
        if self.after.program != "postgres" || self.version().is_some() {
            return Vec::new();
        }
        let renamed = self.renamed().into_iter();
        renamed
            .map(|(_, kind, _, [was, is])| {
                let rename = format!("ALTER {kind} {} RENAME TO {}", sql_name(was), sql_name(is));
                command("{} --command={}", &[&self.psql(""), &rename])
            })
            .collect()
    }

    /// The client of the server, as its superuser.
    fn psql(&self, flags: &'static str) -> Command {
        command(
            "kubectl exec{}{} {} -- psql --username=postgres",
            &[&command(flags, &[]), &namespace_flag(self.id), &resource(self.id)],
        )
    }

    /// What a database is called and who owns it is said when it is made, and never again.
    fn said_once(&self) -> Option<Diagnostic> {
        let renamed = self.renamed();
        let (variable, kind, _, [was, is]) = *renamed.first()?;
        let what = kind.to_lowercase();
        let message = format!("the {what} of {} is called `{was}` and stays so", self.object.id());
        let path = self.at(&format!("env[{variable}]"));
        let mut diagnostic = self.report(&path, message);
        // A name that follows that of the stack has no place but its component's.
        let origin = self.object.origins.nearest(&path).and_then(|(_, origin)| origin.span());
        let is_written = origin.is_some() && origin != self.object.place();
        if let Some(name) = self.name.filter(|_| !is_written) {
            diagnostic.labels.clear();
            diagnostic =
                diagnostic.label(name, "the names in the database follow the name of the stack");
        }
        let name = self.name();
        let lines: Vec<String> = renamed
            .iter()
            .map(|(_, _, option, [was, _])| {
                format!("`components.{name}.{option} = {}`", suggest::pasted(was))
            })
            .collect();
        let commands: Vec<String> =
            self.renames().iter().map(|command| format!("`{command}`")).collect();
        let password = match &self.passwords {
            [Some(was), Some(is)] if was != is => {
                "; the password changes, too, and is reported next"
            }
            _ => "",
        };
        Some(diagnostic.note(format!("`{is}` would be there in a new volume alone")).help(format!(
            "keep the names: {}; or rename while nobody is connected: {}{password}",
            lines.join(" and "),
            commands.join(" and ")
        )))
    }

    /// The role has the password of the first start.
    fn password(&self) -> Option<Diagnostic> {
        let [Some(was), Some(is)] = &self.passwords else { return None };
        if was == is {
            return None;
        }
        let message = format!(
            "the role of {} keeps its password, and the Secret has another one",
            self.object.id()
        );
        let (path, role) = (
            "spec.template.spec.volumes[secret]",
            self.after.variable("APP_USERNAME").unwrap_or("postgres"),
        );
        let name = self.after.secret.unwrap_or("…");
        Some(
            self.report(path, message)
                .note("Seaway generates passwords of development from the names of the stack and of the Secret")
                .help(format!(
                    "keep the name of the Secret; or set the password of the Secret `{name}` in the database, by `\\password {}` in \
                     `{}`",
                    psql_name(role),
                    self.psql(" -it")
                )),
        )
    }

    /// PostgreSQL starts for the owner of its folder alone.
    fn user(&self) -> Option<Diagnostic> {
        let (was, is) = (self.before.user?, self.after.user?);
        if was == is {
            return None;
        }
        let message = format!(
            "the files of {} belong to the user {was}, and {is} can not start with them",
            self.object.id()
        );
        let path = "spec.template.spec.securityContext.runAsUser";
        Some(
            self.report(path, message)
                .note(STEPS)
                .note("PostgreSQL starts for the owner of its data folder alone")
                .help(format!("write what it was, `run-as-user = {was}`, or {}", self.second())),
        )
    }

    /// Texts are sorted by the C library of the image: indexes over them are wrong with another one.
    fn collation(&self) -> Option<Diagnostic> {
        let (was, is) = (self.before.distribution()?, self.after.distribution()?);
        if !was.differs(is) {
            return None;
        }
        let (was, is) = (was.name(), is.name());
        let message = format!(
            "the indexes of {} are sorted by {was}, and {is} may sort texts in another way",
            self.object.id()
        );
        let database = sql_name(self.after.variable("APP_DATABASE").unwrap_or("postgres"));
        let mut diagnostic = self.report(&self.at("image"), message).help(format!(
            "after the change run `REINDEX DATABASE {database}` and `ALTER DATABASE {database} REFRESH COLLATION VERSION`, and say so: \
             `allow.unreadable-data = \"…\"`"
        ));
        diagnostic.severity = Severity::Warning;
        Some(diagnostic)
    }

    /// Dump and restore by way of a second server.
    fn second(&self) -> String {
        let name = self.name();
        format!(
            "add a second component under another name, dump `{name}`, restore the dump there, switch the references, and remove `{name}` \
             last"
        )
    }

    /// What can be lost: tasks, or an index that can be made again.
    fn anew(&self) -> String {
        let name = self.name();
        format!(
            "keep what it was; or save what is in it, let queues run empty, give the component another name, and remove the claims of \
             `{name}` last"
        )
    }
}
