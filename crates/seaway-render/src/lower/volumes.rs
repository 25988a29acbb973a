//! Volumes of a pod and where its containers mount them.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{
    ConfigMapProjection, ConfigMapVolumeSource, Container, DownwardAPIProjection,
    DownwardAPIVolumeFile, EmptyDirVolumeSource, KeyToPath, ObjectFieldSelector,
    PersistentVolumeClaimVolumeSource, ProjectedVolumeSource, SecretProjection, SecretVolumeSource,
    ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
};
use k8s_openapi::apimachinery::pkg::api::resource;
use seaway_core::options::{Authority, AuthoritySource, Mount, MountSource};
use seaway_core::outside;
use seaway_core::stack::{Variable, VariableValue, secret_folder};
use seaway_core::values::{MountPath, Name, Quantity};
use seaway_core::{Origin, Sourced, Stack};

use super::env::secret_name;
use super::program::{Files, Scratch, Source};
use crate::object::{Origins, joined};
use crate::reasons;

/// Where a container may write that says nothing of it.
pub(super) const TMP: &str = "/tmp";
/// MiB of it.
const TMP_SIZE: u32 = 256;
/// Where clients of the Kubernetes API look for their token.
pub(super) const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The volumes of a pod, filled while its containers are made.
pub(super) struct Volumes<'a> {
    stack: &'a Stack,
    /// A pod has a handful, and a `Volume` is large: they lie where they stay, and are looked through in turn.
    made: Vec<Volume>,
    /// What each of them holds, at the same place.
    contents: Vec<(Content, Origin)>,
}

/// What a volume holds, whatever it is called: mounts of the same content share one volume.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    /// Nothing at first, for a program at this path.
    Scratch(String),
    /// Nothing at first, for the containers that write a mount at this path.
    WrittenScratch(String),
    /// Nothing at first, for one container at this path.
    OwnScratch(String, String),
    /// Nothing at first, for the containers that call it by this name.
    NamedScratch(String),
    Claim(String),
    Config(String, Vec<String>, Option<i32>),
    Secret(String, Vec<String>, Option<i32>),
    /// Whole Secrets in one folder.
    Secrets(Vec<String>, Option<i32>),
    /// Keys of a Secret that the pod starts without, beside those that it needs.
    SecretFiles(String, Vec<String>, Vec<String>),
    Token,
}

/// As many volumes as most pods have at most: room that has to grow is copied each time, and a `Volume` is large.
const FEW: usize = 8;

/// Whose mounts are written: that decides who shares a scratch volume.
#[derive(Clone, Copy)]
pub(super) enum Owner<'a> {
    /// The main container, whose program has scratch of its own.
    Main,
    /// A container that is the application again, or one that prepares files for it.
    Helper,
    /// A sidecar with an image of its own.
    Stranger(&'a str),
}

/// Read-only for the group of the pod and for nobody else.
const FOR_THE_GROUP: i32 = 0o440;
/// Longest name of a volume: a DNS label.
const LONGEST_NAME: usize = 63;

/// Mounts of one container by path.
pub(super) type Mounts = BTreeMap<String, (VolumeMount, Origin)>;

impl<'a> Volumes<'a> {
    pub(super) fn new(stack: &'a Stack) -> Self {
        Self { stack, made: Vec::with_capacity(FEW), contents: Vec::with_capacity(FEW) }
    }

    /// The volumes that containers mount, in the order of their names, their origins noted. What the stack mounts in
    /// place of a program's scratch leaves one that nothing mounts.
    pub(super) fn used_by<'c>(
        self,
        containers: impl Iterator<Item = &'c Container>,
        origins: &mut Origins,
    ) -> Vec<Volume> {
        let mounts = containers.flat_map(|container| container.volume_mounts.iter().flatten());
        let used: BTreeSet<&str> = mounts.map(|mount| mount.name.as_str()).collect();
        let Self { made: mut volumes, contents, .. } = self;
        for (volume, (_, origin)) in volumes.iter().zip(contents) {
            if used.contains(volume.name.as_str()) {
                origins.set(joined(&["volumes[", &volume.name, "]"]), origin);
            }
        }
        volumes.retain(|volume| used.contains(volume.name.as_str()));
        volumes.sort_by(|a, b| a.name.cmp(&b.name));
        volumes.shrink_to_fit();
        volumes
    }

    /// The name of the volume with a content; it is made if it is not there yet.
    fn add(
        &mut self,
        content: Content,
        wanted: &str,
        origin: Origin,
        fill: impl FnOnce(&mut Volume),
    ) -> String {
        let mut known = self.made.iter().zip(&self.contents);
        if let Some((known, _)) = known.find(|(_, (known, _))| *known == content) {
            return known.name.clone();
        }
        let name = self.free_name(wanted);
        let mut volume = Volume { name: name.clone(), ..Volume::default() };
        fill(&mut volume);
        self.made.push(volume);
        self.contents.push((content, origin));
        name
    }

    /// Takes out the volume with a content.
    fn forget(&mut self, content: &Content) {
        if let Some(at) = self.contents.iter().position(|(known, _)| known == content) {
            self.contents.remove(at);
            self.made.remove(at);
        }
    }

    /// The name that is wanted, or one close to it if another volume has it: `/a/b` and `/a-b` would both be `a-b`.
    fn free_name(&self, wanted: &str) -> String {
        let short = |length: usize| wanted.chars().take(length).collect::<String>();
        let mut name = short(LONGEST_NAME).trim_end_matches('-').to_owned();
        let mut twin = 2;
        while self.made.iter().any(|volume| volume.name == name) {
            name = format!("{}-{twin}", short(LONGEST_NAME - 4).trim_end_matches('-'));
            twin += 1;
        }
        name
    }

    /// An empty volume.
    pub(super) fn empty(
        &mut self,
        path: &str,
        size: Quantity,
        memory: bool,
        origin: Origin,
    ) -> String {
        self.scratch(Content::Scratch(path.to_owned()), (&name_of_path(path), size, memory), origin)
    }

    /// A place to write for a container that runs another image than the main one.
    pub(super) fn temporary(&mut self, mounts: &mut Mounts, container: &str) {
        let origin = Origin::Default(&reasons::SCRATCH);
        let content = Content::OwnScratch(container.to_owned(), TMP.to_owned());
        let size = Quantity::mebibytes(TMP_SIZE);
        let volume = self.scratch(content, (&format!("{container}-tmp"), size, false), origin);
        mounts.insert(TMP.to_owned(), (mount(volume, TMP, false), origin));
    }

    fn scratch(
        &mut self,
        content: Content,
        (name, size, memory): (&str, Quantity, bool),
        origin: Origin,
    ) -> String {
        self.add(content, name, origin, |volume| {
            volume.empty_dir = Some(EmptyDirVolumeSource {
                medium: memory.then(|| "Memory".to_owned()),
                size_limit: Some(resource::Quantity(size.to_string())),
                ..EmptyDirVolumeSource::default()
            });
        })
    }

    /// An existing claim.
    pub(super) fn claim(&mut self, name: &str, claim: &str, origin: Origin) -> String {
        self.add(Content::Claim(claim.to_owned()), name, origin, |volume| {
            volume.persistent_volume_claim = Some(PersistentVolumeClaimVolumeSource {
                claim_name: claim.to_owned(),
                read_only: None,
            });
        })
    }

    fn config(
        &mut self,
        name: &str,
        config: &str,
        (keys, mode): (&[&str], Option<i32>),
        origin: Origin,
    ) -> String {
        let own = keys.iter().map(|key| (*key).to_owned()).collect();
        self.add(Content::Config(config.to_owned(), own, mode), name, origin, |volume| {
            let items = keys.iter().map(|key| key_to_path(key));
            volume.config_map = Some(ConfigMapVolumeSource {
                name: config.to_owned(),
                default_mode: mode,
                items: (!keys.is_empty()).then(|| items.collect()),
                ..ConfigMapVolumeSource::default()
            });
        })
    }

    /// A config of the stack: a `ConfigMap`, or the Secret that one becomes which holds secrets.
    fn config_of_stack(
        &mut self,
        name: &str,
        config: &Name,
        (keys, mode): (&[&str], Option<i32>),
        origin: Origin,
    ) -> String {
        let secret = self.stack.config.get(config).and_then(|config| config.secret.as_ref());
        match secret.map(|secret| secret_name(self.stack, secret)) {
            Some(secret) => self.secret(name, &secret, (keys, mode), origin),
            None => self.config(name, &self.stack.prefix.text(config), (keys, mode), origin),
        }
    }

    /// Read-only for the group: fsGroup lets a process that is not root read them.
    fn secret<K: AsRef<str>>(
        &mut self,
        name: &str,
        secret: &str,
        (keys, mode): (&[K], Option<i32>),
        origin: Origin,
    ) -> String {
        let own = keys.iter().map(|key| key.as_ref().to_owned()).collect();
        self.add(Content::Secret(secret.to_owned(), own, mode), name, origin, |volume| {
            let items = keys.iter().map(|key| key_to_path(key.as_ref()));
            volume.secret = Some(SecretVolumeSource {
                secret_name: Some(secret.to_owned()),
                default_mode: Some(mode.unwrap_or(FOR_THE_GROUP)),
                items: (!keys.is_empty()).then(|| items.collect()),
                ..SecretVolumeSource::default()
            });
        })
    }

    /// The files of several Secrets in one folder.
    fn secrets(
        &mut self,
        name: &str,
        secrets: Vec<String>,
        mode: Option<i32>,
        origin: Origin,
    ) -> String {
        let sources = secrets.iter().map(|secret| VolumeProjection {
            secret: Some(SecretProjection { name: secret.clone(), items: None, optional: None }),
            ..VolumeProjection::default()
        });
        let mut folder = projected(sources.collect());
        folder.default_mode = Some(mode.unwrap_or(FOR_THE_GROUP));
        self.add(Content::Secrets(secrets, mode), name, origin, |volume| {
            volume.projected = Some(folder);
        })
    }

    /// The files that variables name, a folder for each Secret.
    pub(super) fn secret_files(&mut self, mounts: &mut Mounts, variables: &[Variable]) {
        let mut read: BTreeMap<&Name, (BTreeMap<&str, bool>, Origin)> = BTreeMap::new();
        for variable in variables {
            let VariableValue::SecretFile { secret, key, optional } = &variable.value.value else {
                continue;
            };
            let origin = variable.value.origin;
            let (keys, _) = read.entry(secret).or_insert_with(|| (BTreeMap::new(), origin));
            // Who needs a key once needs it.
            let known = keys.entry(key).or_insert(*optional);
            *known &= *optional;
        }
        for (name, (keys, origin)) in read {
            let of = |wanted: bool| -> Vec<&str> {
                let keys = keys.iter().filter(|(_, optional)| **optional == wanted);
                keys.map(|(key, _)| *key).collect()
            };
            let secret = secret_name(self.stack, name);
            let volume = format!("secret-{name}");
            let volume = match (of(false), of(true)) {
                (needed, optional) if optional.is_empty() => {
                    self.secret(&volume, &secret, (&needed, None), origin)
                }
                (needed, optional) => {
                    self.some_optional(&volume, &secret, (&needed, &optional), origin)
                }
            };
            let path = secret_folder(name);
            mounts.insert(path.clone(), (mount(volume, &path, true), origin));
        }
    }

    /// A Secret of whose keys some may be missing.
    fn some_optional(
        &mut self,
        name: &str,
        secret: &str,
        (needed, optional): (&[&str], &[&str]),
        origin: Origin,
    ) -> String {
        let projection = |keys: &[&str], optional: Option<bool>| VolumeProjection {
            secret: (!keys.is_empty()).then(|| SecretProjection {
                name: secret.to_owned(),
                items: Some(keys.iter().map(|key| key_to_path(key)).collect()),
                optional,
            }),
            ..VolumeProjection::default()
        };
        let mut sources = vec![projection(needed, None), projection(optional, Some(true))];
        sources.retain(|source| source.secret.is_some());
        let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let content = Content::SecretFiles(secret.to_owned(), own(needed), own(optional));
        self.add(content, name, origin, |volume| volume.projected = Some(projected(sources)))
    }

    /// Scratch and generated files of a program.
    pub(super) fn of_program(&mut self, scratch: &[Scratch], files: &[Files]) -> Mounts {
        let mut mounts = Mounts::new();
        let origin = Origin::Default(&reasons::SCRATCH);
        for scratch in scratch {
            let volume = self.empty(scratch.path, scratch.size, scratch.memory, origin);
            mounts.insert(scratch.path.to_owned(), (mount(volume, scratch.path, false), origin));
        }
        for files in files {
            let volume = match &files.source {
                Source::Config(config) | Source::ConfigFile(config, _) => {
                    self.config(&files.volume, config, (&[], None), origin)
                }
                Source::Secret(secret, keys) => {
                    self.secret(&files.volume, secret, (keys, None), origin)
                }
            };
            let mut mounted = mount(volume, &files.path, true);
            if let Source::ConfigFile(_, key) = files.source {
                mounted.sub_path = Some(key.to_owned());
            }
            mounts.insert(files.path.clone(), (mounted, origin));
        }
        mounts
    }

    /// The certificates of the components that a container refers to, each where its URL says that they are.
    pub(super) fn authorities(&mut self, mounts: &mut Mounts, reads: &BTreeSet<Name>) {
        for name in reads {
            let part = self.stack.parts.get(name);
            let Some(ca) = part.and_then(outside::authority) else {
                continue;
            };
            let (wanted, origin) = (format!("ca-{name}"), ca.origin);
            let volume = match ca.source() {
                Some(AuthoritySource::Config(config, key)) => {
                    self.config_of_stack(&wanted, config, (&[key], None), origin)
                }
                Some(AuthoritySource::Secret(secret, key)) => {
                    let secret = secret_name(self.stack, secret);
                    self.secret(&wanted, &secret, (&[&*key.value], None), origin)
                }
                Some(AuthoritySource::File(_)) | None => continue,
            };
            let path = Authority::folder(name);
            let mounted = mount(volume, &path, true);
            // What the stack mounts there by hand stays.
            mounts.entry(path).or_insert((mounted, origin));
        }
    }

    /// A token of the pod's account where clients look for it, for a pod that may talk to the Kubernetes API.
    ///
    /// A volume of its own rather than automounting: it is there to be seen, and only in the container that needs it.
    pub(super) fn token(&mut self, mounts: &mut Mounts, origin: Origin) {
        let token = ServiceAccountTokenProjection {
            path: "token".to_owned(),
            expiration_seconds: Some(3600),
            ..ServiceAccountTokenProjection::default()
        };
        let authority = ConfigMapProjection {
            name: "kube-root-ca.crt".to_owned(),
            items: Some(vec![key_to_path("ca.crt")]),
            ..ConfigMapProjection::default()
        };
        let namespace = DownwardAPIProjection {
            items: Some(vec![DownwardAPIVolumeFile {
                path: "namespace".to_owned(),
                field_ref: Some(ObjectFieldSelector {
                    field_path: "metadata.namespace".to_owned(),
                    ..ObjectFieldSelector::default()
                }),
                ..DownwardAPIVolumeFile::default()
            }]),
        };
        let sources = vec![
            VolumeProjection { service_account_token: Some(token), ..VolumeProjection::default() },
            VolumeProjection { config_map: Some(authority), ..VolumeProjection::default() },
            VolumeProjection { downward_api: Some(namespace), ..VolumeProjection::default() },
        ];
        let volume = self.add(Content::Token, "kube-api-access", origin, |volume| {
            volume.projected = Some(projected(sources));
        });
        mounts.insert(TOKEN.to_owned(), (mount(volume, TOKEN, true), origin));
    }

    /// Mounts that the stack wrote; they win over those of a program.
    pub(super) fn written(
        &mut self,
        mounts: &mut Mounts,
        written: &BTreeMap<Sourced<MountPath>, Sourced<Mount>>,
        owner: Owner<'_>,
    ) {
        for (path, written) in written {
            if let Some(mut mounted) = self.one(path, written, owner) {
                mounted.sub_path = match (&written.key, &written.sub_path) {
                    (Some(key), _) => Some(key.to_string()),
                    (None, Some(sub_path)) => Some(sub_path.value.clone()),
                    (None, None) => None,
                };
                mounts.insert(path.to_string(), (mounted, written.origin));
            }
        }
    }

    fn one(
        &mut self,
        path: &str,
        written: &Sourced<Mount>,
        owner: Owner<'_>,
    ) -> Option<VolumeMount> {
        let origin = written.origin;
        let read_only = written.read_only.is_some_and(|flag| flag.value);
        let mode = written.mode.as_ref().map(|mode| mode.number());
        Some(match written.source()? {
            MountSource::Volume(name) => {
                let claim = self.stack.claim_of(name);
                mount(self.claim(&format!("volume-{name}"), &claim, origin), path, read_only)
            }
            MountSource::Config(name) => {
                let keys = (&[] as &[&str], mode);
                let volume = self.config_of_stack(&format!("config-{name}"), name, keys, origin);
                mount(volume, path, true)
            }
            MountSource::Secret(name) => {
                let secret = secret_name(self.stack, &name.value);
                let keys = (&[] as &[&str], mode);
                mount(self.secret(&format!("secret-{name}"), &secret, keys, origin), path, true)
            }
            MountSource::Secrets(names) => {
                let secrets = names.iter().map(|name| secret_name(self.stack, name)).collect();
                let wanted = format!("secrets-{}", name_of_path(path));
                mount(self.secrets(&wanted, secrets, mode, origin), path, true)
            }
            MountSource::Scratch(scratch) => {
                let wanted = name_of_path(path);
                let (content, wanted) = match (scratch.name(), owner) {
                    (Some(name), _) => (Content::NamedScratch(name.to_string()), name.to_string()),
                    (None, Owner::Stranger(name)) => {
                        let content = Content::OwnScratch(name.to_owned(), path.to_owned());
                        (content, format!("{name}-{wanted}"))
                    }
                    (None, Owner::Main | Owner::Helper) => {
                        (Content::WrittenScratch(path.to_owned()), wanted)
                    }
                };
                if matches!(owner, Owner::Main) {
                    // What the stack says of a path wins over what the program asks for.
                    self.forget(&Content::Scratch(path.to_owned()));
                }
                let wanted = (&*wanted, scratch.size(), scratch.in_memory());
                mount(self.scratch(content, wanted, origin), path, read_only)
            }
        })
    }
}

/// The mounts of a container in the order of their paths, their origins noted.
pub(super) fn mounts_of(mounts: Mounts, path: &str, origins: &mut Origins) -> Vec<VolumeMount> {
    mounts
        .into_iter()
        .map(|(at, (mount, origin))| {
            origins.set(joined(&[path, ".volumeMounts[", &at, "]"]), origin);
            mount
        })
        .collect()
}

/// A mount of a volume.
pub(super) fn mount(volume: String, path: &str, read_only: bool) -> VolumeMount {
    VolumeMount {
        name: volume,
        mount_path: path.to_owned(),
        read_only: read_only.then_some(true),
        ..VolumeMount::default()
    }
}

/// Read-only for the group, as [`Volumes::secret`].
fn projected(sources: Vec<VolumeProjection>) -> ProjectedVolumeSource {
    ProjectedVolumeSource {
        sources: Some(sources),
        default_mode: Some(FOR_THE_GROUP),
        ..ProjectedVolumeSource::default()
    }
}

fn key_to_path(key: &str) -> KeyToPath {
    KeyToPath { key: key.to_owned(), path: key.to_owned(), ..KeyToPath::default() }
}

/// The name of the volume that is mounted at a path: `/var/run/x` gives `var-run-x`.
fn name_of_path(path: &str) -> String {
    let plain: String = path
        .trim_matches('/')
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let plain = plain.trim_matches('-');
    // A path of other characters alone has no name.
    if plain.is_empty() { "scratch".to_owned() } else { plain.to_owned() }
}
