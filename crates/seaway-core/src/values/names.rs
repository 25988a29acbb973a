//! The forms of texts: what each accepts.

use super::text::{Form, Text};
use crate::{Code, suggest};

/// The form of a [`Name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameForm {}

/// A name that may become a host name: at most 63 of `a-z`, `0-9` and `-`, starting with a letter (RFC 1035 label).
///
/// Names of components become names of Services, which is why a digit can not come first.
pub type Name = Text<NameForm>;

/// The form of a [`CloudIdentity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CloudIdentityForm {}

/// What an account is in a cloud: an AWS role, a service account of Google Cloud, a client of Microsoft Entra.
pub type CloudIdentity = Text<CloudIdentityForm>;

/// The form of a [`ClassName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClassNameForm {}

/// Name of a class of Ingress or Gateway: labels of a DNS name with dots between them.
pub type ClassName = Text<ClassNameForm>;

/// The form of a [`MountPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MountPathForm {}

/// An absolute path in a container, without `..` or `:`.
pub type MountPath = Text<MountPathForm>;

/// The form of a [`UrlPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UrlPathForm {}

/// A path of an HTTP request, starting with `/`.
pub type UrlPath = Text<UrlPathForm>;

/// The form of a [`Cidr`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CidrForm {}

/// A range of IP addresses in CIDR notation, `10.0.0.0/16` or `2001:db8::/32`.
pub type Cidr = Text<CidrForm>;

/// The form of an [`IpAddress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IpAddressForm {}

/// An IP address, `169.254.169.254` or `fd00:ec2::23`.
pub type IpAddress = Text<IpAddressForm>;

/// The form of a [`EnvName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvNameForm {}

/// A name of an environment variable: letters, digits and `_`, not starting with a digit.
pub type EnvName = Text<EnvNameForm>;

/// The form of a [`HeaderName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeaderNameForm {}

/// A name of a header of HTTP: letters, digits and `-`, as Kubernetes takes it for probes.
pub type HeaderName = Text<HeaderNameForm>;

/// The form of a [`FileMode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileModeForm {}

/// Permissions of files, in octal digits as `chmod` takes them.
pub type FileMode = Text<FileModeForm>;

impl FileMode {
    /// The number, as Kubernetes takes it.
    pub fn number(&self) -> i32 {
        i32::from_str_radix(self, 8).unwrap_or_default()
    }
}

/// The form of a [`HostName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostNameForm {}

/// A name of a host: dot-separated labels, or an IP address.
pub type HostName = Text<HostNameForm>;

/// The form of a [`AllowedHost`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowedHostForm {}

/// A host that the application answers to: a name, `.example.com` for all its subdomains, or `*` for any.
pub type AllowedHost = Text<AllowedHostForm>;

/// The form of a [`DataKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataKeyForm {}

/// A key of a Secret or a `ConfigMap`: letters, digits, `-`, `_` and `.`, at most 253.
pub type DataKey = Text<DataKeyForm>;

/// The form of an [`AccountId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountIdForm {}

/// The number of an AWS account: twelve digits, leading zeros included.
pub type AccountId = Text<AccountIdForm>;

/// The form of a [`RoleArn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleArnForm {}

/// The ARN of an AWS role: `arn:aws:iam::111122223333:role/shop-web`.
pub type RoleArn = Text<RoleArnForm>;

/// The form of a [`PolicyArn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyArnForm {}

/// The ARN of an AWS policy, one's own or one of AWS: `arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess`.
pub type PolicyArn = Text<PolicyArnForm>;

/// The form of a [`KeyArn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyArnForm {}

/// The ARN of a KMS key or of an alias of one.
pub type KeyArn = Text<KeyArnForm>;
/// The form of an [`Interval`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntervalForm {}

/// A time between two events, as Go writes durations: `1h`, `15m`, `1h30m`
/// (<https://pkg.go.dev/time#ParseDuration>).
pub type Interval = Text<IntervalForm>;

/// The form of an [`ExtensionName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExtensionNameForm {}

/// The name of an extension of PostgreSQL: letters, digits, `_` and `-`, at most 63, as `CREATE EXTENSION` takes it in quotes.
pub type ExtensionName = Text<ExtensionNameForm>;

/// The form of an [`AllowedCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowedCodeForm {}

/// The code of a diagnostic that a stack may allow.
pub type AllowedCode = Text<AllowedCodeForm>;

/// The form of a [`Justification`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JustificationForm {}

/// Why something is allowed, in words for who reviews it.
pub type Justification = Text<JustificationForm>;

impl Form for AllowedCodeForm {
    const NAME: &'static str = "AllowedCode";
    const ABOUT: &'static str =
        "The code of a diagnostic that is a judgement, for example `unpinned-image`.";
    const PATTERN: &'static str = "^[a-z-]+$";
    fn fault(text: &str) -> Option<String> {
        match Code::named(text) {
            Some(code) if code.can_be_allowed() => None,
            Some(_) => {
                let what = "what it finds would not work or would be refused: mend it";
                Some(format!("`{text}` can not be allowed\n{what}"))
            }
            None => {
                let known = Code::all().filter(|code| code.can_be_allowed()).map(Code::as_str);
                let help = suggest::nearest_or_all(text, known).unwrap_or_default();
                Some(format!("there is no code `{text}`\n{help}"))
            }
        }
    }
}

impl Form for JustificationForm {
    const NAME: &'static str = "Justification";
    const ABOUT: &'static str = "Why it is allowed, for who reviews it.";
    const PATTERN: &'static str = "\\S";
    fn fault(text: &str) -> Option<String> {
        let empty = text.trim().is_empty();
        empty.then(|| {
            "no reason is given\nsay why it is fine here: it is shown in every review".to_owned()
        })
    }
}

impl AllowedCode {
    /// The code itself.
    pub fn code(&self) -> Code {
        Code::named(self).unwrap_or(Code::Internal)
    }
}

impl Form for NameForm {
    const NAME: &'static str = "Name";
    const ABOUT: &'static str =
        "At most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`.";
    const PATTERN: &'static str = "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$";
    fn fault(text: &str) -> Option<String> {
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        let fits = bytes.len() <= 63
            && bytes.first().is_some_and(u8::is_ascii_lowercase)
            && edge(bytes.last())
            && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
        (!fits).then(|| {
            format!(
                "`{text}` is not a name\nwrite at most 63 of `a-z`, `0-9` and `-`, starting with a letter and \
                 not ending with `-`"
            )
        })
    }
}

impl Form for ClassNameForm {
    const NAME: &'static str = "ClassName";
    const ABOUT: &'static str = "The name of a class: `a-z`, `0-9`, `-` and `.`, starting and ending with a letter or digit.";
    const PATTERN: &'static str = "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$";
    fn fault(text: &str) -> Option<String> {
        let is_label = |label: &str| {
            let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            let bytes = label.as_bytes();
            edge(bytes.first())
                && edge(bytes.last())
                && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        };
        (text.len() > 253 || !text.split('.').all(is_label)).then(|| {
            format!(
                "`{text}` is not the name of a class\nwrite `a-z`, `0-9`, `-` and `.`, starting and ending with a letter or digit"
            )
        })
    }
}

impl Form for MountPathForm {
    const NAME: &'static str = "MountPath";
    const ABOUT: &'static str =
        "An absolute path in a container, without `..`, `:` or a slash at the end.";
    const PATTERN: &'static str = "^/[^:]+$";
    fn fault(text: &str) -> Option<String> {
        let fits = text.len() > 1
            && text.starts_with('/')
            && !text.ends_with('/')
            && !text.contains([':', '\0'])
            && text[1..].split('/').all(|part| !matches!(part, "" | "." | ".."));
        (!fits).then(|| {
            format!("`{text}` is not a path to mount at\nwrite an absolute path without `..`, `//`, `:` or a slash at the end")
        })
    }
}

impl Form for UrlPathForm {
    const NAME: &'static str = "UrlPath";
    const ABOUT: &'static str = "A path of an HTTP request, starting with `/`.";
    const PATTERN: &'static str = "^/[^\\s]*$";
    fn fault(text: &str) -> Option<String> {
        let fits =
            text.starts_with('/') && !text.contains(|c: char| c.is_whitespace() || c.is_control());
        (!fits).then(|| {
            format!("`{text}` is not the path of a URL\nwrite a path that starts with `/`")
        })
    }
}

impl Form for IpAddressForm {
    const NAME: &'static str = "IpAddress";
    const ABOUT: &'static str = "An IP address, `169.254.169.254` or `fd00:ec2::23`.";
    const PATTERN: &'static str = "^[0-9a-fA-F.:]+$";
    fn fault(text: &str) -> Option<String> {
        let is_address = text.parse::<std::net::IpAddr>().is_ok();
        (!is_address)
            .then(|| format!("`{text}` is not an IP address\nwrite for example `169.254.169.254`"))
    }
}

impl Form for CidrForm {
    const NAME: &'static str = "Cidr";
    const ABOUT: &'static str = "A range of IP addresses, `10.0.0.0/16` or `2001:db8::/32`.";
    const PATTERN: &'static str = "^[0-9a-fA-F.:]+/[0-9]{1,3}$";
    fn fault(text: &str) -> Option<String> {
        let Some((address, length)) = text.split_once('/') else {
            return Some(format!(
                "`{text}` is not a CIDR range\nwrite an address and a length, `10.0.0.0/16`"
            ));
        };
        let plain = length == "0"
            || (!length.starts_with('0') && length.bytes().all(|b| b.is_ascii_digit()));
        let Some(length) = length.parse::<u32>().ok().filter(|_| plain) else {
            return Some(format!(
                "`{text}` is not a CIDR range\nwrite an address and a length, `10.0.0.0/16`"
            ));
        };
        let host_bits_set = match address.parse() {
            Ok(std::net::IpAddr::V4(v4)) if length <= 32 => {
                v4.to_bits().checked_shl(length).unwrap_or(0) != 0
            }
            Ok(std::net::IpAddr::V6(v6)) if length <= 128 => {
                v6.to_bits().checked_shl(length).unwrap_or(0) != 0
            }
            _ => {
                return Some(format!(
                    "`{text}` is not a CIDR range\nwrite an address and a length, `10.0.0.0/16`"
                ));
            }
        };
        host_bits_set.then(|| {
            format!("`{text}` has bits set behind its length\nwrite the first address of the range, or `/32` for one host")
        })
    }
}

impl Form for EnvNameForm {
    const NAME: &'static str = "EnvName";
    const ABOUT: &'static str = "Letters, digits and `_`, not starting with a digit.";
    const PATTERN: &'static str = "^[A-Za-z_][A-Za-z0-9_]*$";
    fn fault(text: &str) -> Option<String> {
        let mut bytes = text.bytes();
        let fits = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
        (!fits).then(|| {
            format!("`{text}` is not the name of an environment variable\nwrite letters, digits and `_`, starting with a letter")
        })
    }
}

impl Form for HeaderNameForm {
    const NAME: &'static str = "HeaderName";
    const ABOUT: &'static str = "Letters, digits and `-`.";
    const PATTERN: &'static str = "^[-A-Za-z0-9]+$";
    fn fault(text: &str) -> Option<String> {
        let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (!fits).then(|| {
            format!("`{text}` is not the name of a header\nwrite letters, digits and `-`, for example `Host`")
        })
    }
}

impl Form for ExtensionNameForm {
    const NAME: &'static str = "ExtensionName";
    const ABOUT: &'static str = "The name of an extension of PostgreSQL: letters, digits, `_` and `-`, starting with a letter.";
    const PATTERN: &'static str = "^[A-Za-z_][A-Za-z0-9_-]{0,62}$";
    fn fault(text: &str) -> Option<String> {
        let fits = text.len() <= 63
            && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        (!fits).then(|| {
            format!(
                "`{text}` is not the name of an extension\nwrite at most 63 letters, digits, `_` and `-`, starting with a \
                 letter, for example `pg_trgm`"
            )
        })
    }
}

impl Form for FileModeForm {
    const NAME: &'static str = "FileMode";
    const ABOUT: &'static str =
        "Permissions in three octal digits, which a `0` may precede: `0755`.";
    const PATTERN: &'static str = "^0?[0-7]{3}$";
    fn fault(text: &str) -> Option<String> {
        let digits = if text.len() == 4 { text.strip_prefix('0') } else { Some(text) };
        let fits = digits.is_some_and(|digits| {
            digits.len() == 3 && digits.bytes().all(|b| matches!(b, b'0'..=b'7'))
        });
        (!fits).then(|| {
            format!("`{text}` are no permissions of a file\nwrite three octal digits, for example `0755`")
        })
    }
}

/// Labels of `[a-z0-9-]` joined by dots, at most 253 (RFC 1123 subdomain).
fn is_subdomain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

impl Form for HostNameForm {
    const NAME: &'static str = "HostName";
    const ABOUT: &'static str = "A host name or an IP address, without scheme, port or path.";
    const PATTERN: &'static str = "^[A-Za-z0-9.:-]+$";
    fn fault(text: &str) -> Option<String> {
        let fits =
            is_subdomain(&text.to_ascii_lowercase()) || text.parse::<std::net::IpAddr>().is_ok();
        (!fits).then(|| format!("`{text}` is not a host\nwrite a host name or an IP address, without scheme, port or path"))
    }
}

impl Form for AllowedHostForm {
    const NAME: &'static str = "AllowedHost";
    const ABOUT: &'static str =
        "A host name, `.example.com` for it and all its subdomains, or `*` for any.";
    const PATTERN: &'static str = "^(\\*|\\.?[A-Za-z0-9.:\\[\\]-]+)$";
    fn fault(text: &str) -> Option<String> {
        let plain = text.strip_prefix('.').unwrap_or(text);
        let plain =
            plain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(plain);
        if text == "*" { None } else { HostNameForm::fault(plain) }
    }
}

impl AllowedHost {
    /// A host that a request can name: `.example.com` stands for `example.com` too, `*` for none in particular.
    pub fn concrete(&self) -> Option<&str> {
        let text = self.strip_prefix('.').unwrap_or(self);
        (text != "*").then_some(text)
    }
}

impl Form for IntervalForm {
    const NAME: &'static str = "Interval";
    const ABOUT: &'static str = "A time in hours, minutes and seconds: `1h`, `15m`, `1h30m`.";
    const PATTERN: &'static str = "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$";
    fn fault(text: &str) -> Option<String> {
        let mut rest = text;
        for unit in ['h', 'm', 's'] {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            // More would not fit into the 64 bits of nanoseconds that Go counts with.
            if (1..=6).contains(&digits) && rest[digits..].starts_with(unit) {
                rest = &rest[digits + 1..];
            }
        }
        let is_zero = text.bytes().all(|byte| !(b'1'..=b'9').contains(&byte));
        (!rest.is_empty() || is_zero).then(|| {
            format!("`{text}` is not a time\nwrite hours, minutes and seconds, for example `1h` or `15m`")
        })
    }
}

impl Form for DataKeyForm {
    const NAME: &'static str = "DataKey";
    const ABOUT: &'static str = "Letters, digits, `-`, `_` and `.`, at most 253.";
    const PATTERN: &'static str = "^[-._a-zA-Z0-9]{1,253}$";
    fn fault(text: &str) -> Option<String> {
        let fits = (1..=253).contains(&text.len())
            && text != "."
            && !text.starts_with("..")
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        (!fits).then(|| format!("`{text}` is not a key\nwrite letters, digits, `-`, `_` and `.`"))
    }
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

impl Form for AccountIdForm {
    const NAME: &'static str = "AccountId";
    const ABOUT: &'static str = "The number of an AWS account: twelve digits.";
    const PATTERN: &'static str = "^[0-9]{12}$";
    fn fault(text: &str) -> Option<String> {
        (!is_account_id(text)).then(|| {
            format!("`{text}` is not the number of an AWS account\nwrite twelve digits, leading zeros included")
        })
    }
}

/// `partition`, `region`, `account` and `resource` of an ARN of a service
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
fn arn<'a>(text: &'a str, service: &str) -> Option<[&'a str; 4]> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    let (head, partition, of) = (next()?, next()?, next()?);
    let (region, account, resource) = (next()?, next()?, next()?);
    let is_partition = matches!(partition, "aws" | "aws-cn" | "aws-us-gov");
    (head == "arn" && is_partition && of == service)
        .then_some([partition, region, account, resource])
}

/// A path and a name of IAM (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
fn is_iam_name(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text.split('/').all(|part| !part.is_empty())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&b))
}

impl Form for RoleArnForm {
    const NAME: &'static str = "RoleArn";
    const ABOUT: &'static str =
        "The ARN of an AWS role, for example `arn:aws:iam::111122223333:role/shop-web`.";
    const PATTERN: &'static str = "^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/.+$";
    fn fault(text: &str) -> Option<String> {
        let fits = arn(text, "iam").is_some_and(|[_, region, account, resource]| {
            region.is_empty()
                && is_account_id(account)
                && resource.strip_prefix("role/").is_some_and(is_iam_name)
        });
        (!fits).then(|| {
            format!("`{text}` is not the ARN of an AWS role\nwrite for example `arn:aws:iam::111122223333:role/shop-web`")
        })
    }
}

impl Form for CloudIdentityForm {
    const NAME: &'static str = "CloudIdentity";
    const ABOUT: &'static str = "What an account is in a cloud: the ARN of an AWS role, the address of a service account of Google Cloud, or the id of a client of Microsoft Entra.";
    const PATTERN: &'static str = "^(arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/.+|[a-z0-9][-a-z0-9]*@[-a-z0-9.:]+\\.gserviceaccount\\.com|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$";
    fn fault(text: &str) -> Option<String> {
        let is_account = || {
            let (name, domain) = text.split_once('@')?;
            let of_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            let of_domain = |b: u8| of_name(b) || matches!(b, b'.' | b':');
            let fits = !name.is_empty()
                && name.bytes().all(of_name)
                && domain.ends_with(".gserviceaccount.com")
                && domain.bytes().all(of_domain);
            fits.then_some(())
        };
        let is_client = || {
            let groups: Vec<&str> = text.split('-').collect();
            groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
                && groups.concat().bytes().all(|b| b.is_ascii_hexdigit())
        };
        let fits = RoleArnForm::fault(text).is_none() || is_account().is_some() || is_client();
        (!fits).then(|| {
            format!(
                "`{text}` is nobody in a cloud\nwrite the ARN of an AWS role, the address of a service account of Google Cloud \
                 (`NAME@PROJECT.iam.gserviceaccount.com`), or the id of a client of Microsoft Entra"
            )
        })
    }
}

impl Form for PolicyArnForm {
    const NAME: &'static str = "PolicyArn";
    const ABOUT: &'static str =
        "The ARN of an AWS policy, for example `arn:aws:iam::111122223333:policy/shop-media`.";
    const PATTERN: &'static str = "^arn:aws(-cn|-us-gov)?:iam::(aws|[0-9]{12}):policy/.+$";
    fn fault(text: &str) -> Option<String> {
        let fits = arn(text, "iam").is_some_and(|[_, region, account, resource]| {
            region.is_empty()
                && (account == "aws" || is_account_id(account))
                && resource.strip_prefix("policy/").is_some_and(is_iam_name)
        });
        (!fits).then(|| {
            format!("`{text}` is not the ARN of an AWS policy\nwrite for example `arn:aws:iam::111122223333:policy/shop-media`")
        })
    }
}

impl Form for KeyArnForm {
    const NAME: &'static str = "KeyArn";
    const ABOUT: &'static str = "The ARN of a KMS key or of its alias.";
    const PATTERN: &'static str = "^arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/.+$";
    fn fault(text: &str) -> Option<String> {
        let fits = arn(text, "kms").is_some_and(|[_, region, account, resource]| {
            let name = resource.strip_prefix("key/").or_else(|| resource.strip_prefix("alias/"));
            !region.is_empty() && is_account_id(account) && name.is_some_and(is_iam_name)
        });
        (!fits).then(|| {
            format!("`{text}` is not the ARN of a KMS key\nwrite for example `arn:aws:kms:us-east-1:111122223333:key/1234abcd`")
        })
    }
}

/// Network and length of a [`Cidr`] of IPv4; `None` of one of IPv6.
pub(crate) fn ipv4(cidr: &Cidr) -> Option<(u32, u32)> {
    let (address, length) = cidr.split_once('/')?;
    let address: std::net::Ipv4Addr = address.parse().ok()?;
    Some((address.to_bits(), length.parse().ok()?))
}
