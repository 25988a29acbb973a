//! Secrets by their form: what a scanner of repositories knows them by.
//!
//! The forms are those of the providers themselves, as <https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns>
//! lists the providers.

/// A token: what it begins with, how many characters follow at least, which ones, and what it is.
struct Token {
    prefix: &'static str,
    least: usize,
    of: Kind,
    what: &'static str,
}

#[derive(Clone, Copy)]
enum Kind {
    /// Letters and digits.
    Word,
    /// Capitals and digits.
    Capital,
    /// Hexadecimal digits.
    Hex,
    /// Letters, digits, `_`, `-` and `.`.
    Any,
}

const fn token(prefix: &'static str, least: usize, of: Kind, what: &'static str) -> Token {
    Token { prefix, least, of, what }
}

const TOKENS: &[Token] = &[
    token("ghp_", 30, Kind::Word, "a token of GitHub"),
    token("gho_", 30, Kind::Word, "a token of GitHub"),
    token("ghu_", 30, Kind::Word, "a token of GitHub"),
    token("ghs_", 30, Kind::Any, "a token of GitHub"),
    token("ghr_", 30, Kind::Word, "a token of GitHub"),
    token("github_pat_", 30, Kind::Any, "a token of GitHub"),
    token("glpat-", 20, Kind::Any, "a token of GitLab"),
    token("gldt-", 20, Kind::Any, "a token of GitLab"),
    token("glrt-", 20, Kind::Any, "a token of GitLab"),
    token("glptt-", 20, Kind::Any, "a token of GitLab"),
    token("AKIA", 16, Kind::Capital, "an access key of AWS"),
    token("ASIA", 16, Kind::Capital, "an access key of AWS"),
    token("xoxb-", 10, Kind::Any, "a token of Slack"),
    token("xoxp-", 10, Kind::Any, "a token of Slack"),
    token("xoxa-", 10, Kind::Any, "a token of Slack"),
    token("xoxr-", 10, Kind::Any, "a token of Slack"),
    token("xoxs-", 10, Kind::Any, "a token of Slack"),
    token("xapp-", 10, Kind::Any, "a token of Slack"),
    token("sk_live_", 10, Kind::Word, "a key of Stripe"),
    token("rk_live_", 10, Kind::Word, "a key of Stripe"),
    token("sk_test_", 10, Kind::Word, "a key of Stripe"),
    token("rk_test_", 10, Kind::Word, "a key of Stripe"),
    token("whsec_", 20, Kind::Word, "a secret of Stripe"),
    token("AIza", 30, Kind::Any, "a key of Google"),
    token("GOCSPX-", 20, Kind::Any, "a secret of Google"),
    token("ya29.", 20, Kind::Any, "a token of Google"),
    token("AGE-SECRET-KEY-1", 20, Kind::Capital, "a key of age"),
    token("SG.", 50, Kind::Any, "a key of SendGrid"),
    token("key-", 32, Kind::Hex, "a key of Mailgun"),
    token("xkeysib-", 40, Kind::Any, "a key of Brevo"),
    token("npm_", 30, Kind::Word, "a token of npm"),
    token("pypi-AgE", 30, Kind::Any, "a token of PyPI"),
    token("dckr_pat_", 20, Kind::Any, "a token of Docker Hub"),
    token("dop_v1_", 60, Kind::Hex, "a token of DigitalOcean"),
    token("doo_v1_", 60, Kind::Hex, "a token of DigitalOcean"),
    token("hf_", 30, Kind::Word, "a token of Hugging Face"),
    token("sk-ant-", 20, Kind::Any, "a key of Anthropic"),
    token("sk-proj-", 20, Kind::Any, "a key of OpenAI"),
    token("sk-", 40, Kind::Word, "a key of OpenAI"),
    token("shpat_", 32, Kind::Hex, "a token of Shopify"),
    token("shpss_", 32, Kind::Hex, "a secret of Shopify"),
    token("sq0csp-", 30, Kind::Any, "a secret of Square"),
    token("sq0atp-", 20, Kind::Any, "a token of Square"),
    token("hvs.", 24, Kind::Any, "a token of Vault"),
    token("hvb.", 24, Kind::Any, "a token of Vault"),
    token("glsa_", 32, Kind::Any, "a token of Grafana"),
    token("NRAK-", 20, Kind::Capital, "a key of New Relic"),
    token("lin_api_", 30, Kind::Word, "a key of Linear"),
    token("sntrys_", 30, Kind::Any, "a token of Sentry"),
    token("sntryu_", 30, Kind::Any, "a token of Sentry"),
    token("dp.st.", 30, Kind::Any, "a token of Doppler"),
    token("dp.pt.", 30, Kind::Any, "a token of Doppler"),
    token("ops_eyJ", 40, Kind::Any, "a token of 1Password"),
    token("ATATT3", 40, Kind::Any, "a token of Atlassian"),
    token("tskey-", 20, Kind::Any, "a key of Tailscale"),
    token("PMAK-", 30, Kind::Any, "a key of Postman"),
];

/// What comes behind `-----BEGIN ` where everybody may read it.
const PUBLIC: [&str; 12] = [
    "CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "NEW CERTIFICATE REQUEST",
    "X509 CRL",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "EC PUBLIC KEY",
    "PGP PUBLIC KEY",
    "PGP SIGNATURE",
    "DH PARAMETERS",
    "EC PARAMETERS",
    "PKCS7",
];

/// Addresses that let in whoever knows them.
const HOOKS: [(&str, &str); 3] = [
    ("hooks.slack.com/services/T", "a webhook of Slack"),
    ("discord.com/api/webhooks/", "a webhook of Discord"),
    ("discordapp.com/api/webhooks/", "a webhook of Discord"),
];

/// What a text holds that is a secret by its form.
pub(super) fn known(text: &str) -> Option<&'static str> {
    if has_private_key(text) {
        return Some("a private key");
    }
    let hook = HOOKS.iter().find(|(start, _)| {
        let behind = text.split_once(start).map(|(_, rest)| rest);
        behind.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    });
    if let Some((_, what)) = hook {
        return Some(what);
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.split(|c| !is_part(c)).filter(|word| word.len() >= 14).find_map(of_word)
}

fn of_word(word: &str) -> Option<&'static str> {
    if is_jwt(word) {
        return Some("a JSON Web Token");
    }
    let known = TOKENS.iter().find(|token| {
        let rest = word.strip_prefix(token.prefix);
        rest.is_some_and(|rest| rest.len() >= token.least && rest.bytes().all(|b| token.takes(b)))
    });
    known.map(|token| token.what)
}

impl Token {
    fn takes(&self, byte: u8) -> bool {
        match self.of {
            Kind::Word => byte.is_ascii_alphanumeric(),
            Kind::Capital => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Kind::Hex => byte.is_ascii_hexdigit(),
            Kind::Any => true,
        }
    }
}

/// Two JSON objects in base64, which begin with `{"`, and a signature.
fn is_jwt(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    matches!(&parts[..], [header, claims, signature]
        if header.starts_with("eyJ") && claims.starts_with("eyJ") && signature.len() >= 10)
}

/// A certificate without its key is there for everyone, and so is a public key.
fn has_private_key(text: &str) -> bool {
    text.match_indices("-----BEGIN ").any(|(at, opening)| {
        let label = text.get(at + opening.len()..).unwrap_or_default();
        !PUBLIC.iter().any(|public| label.starts_with(public))
            && !label.starts_with("CERTIFICATE REQUEST")
    })
}
