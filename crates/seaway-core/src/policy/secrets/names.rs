//! Names of variables and keys whose values are secrets.

/// The words of a name in capitals: `apiKey`, `api-key`, `API_KEY` and `--api-key` are two.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let starts_word = !c.is_ascii_alphanumeric() || (was_lower && c.is_ascii_uppercase());
        if starts_word {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_uppercase());
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What the last word of a name ends with where its value is a secret: `PGPASSWORD`, `CLIENTSECRET`.
const ENDINGS: [&str; 9] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "SECRETKEY",
    "PRIVATEKEY",
    "ACCESSKEY",
];
/// Last words that are no endings of other ones: a `BYPASS` is no password.
const WHOLE: [&str; 8] =
    ["PASS", "PWD", "PASSCODE", "CREDENTIAL", "CREDENTIALS", "CREDS", "SECRETS", "PASSWORDS"];
/// What a key is called that has to stay secret, by the word before `KEY`.
const KEYS: [&str; 35] = [
    "ACCESS",
    "ACCOUNT",
    "ADMIN",
    "AES",
    "API",
    "AUTH",
    "CIPHER",
    "CRYPTO",
    "DECRYPTION",
    "DEPLOY",
    "ENCRYPT",
    "ENCRYPTION",
    "FERNET",
    "HMAC",
    "JWT",
    "LICENSE",
    "MASTER",
    "PRIV",
    "PRIVATE",
    "ROOT",
    "SECRET",
    "SECURITY",
    "SERVER",
    "SHARED",
    "SIGN",
    "SIGNATURE",
    "SIGNING",
    "SSH",
    "STORAGE",
    "SUBSCRIPTION",
    "SYMMETRIC",
    "UNSEAL",
    "VAULT",
    "WEBHOOK",
    "WRITE",
];
/// Words that say that a name is that of a switch, a limit or something public.
const HARMLESS: [&str; 27] = [
    "ALLOW",
    "ALLOWED",
    "ALLOWS",
    "CHECKSUM",
    "DISABLE",
    "DISABLED",
    "DISABLES",
    "ENABLE",
    "ENABLED",
    "ENABLES",
    "HAS",
    "IS",
    "MAX",
    "MIN",
    "NUM",
    "PREVENT",
    "PREVENTS",
    "PUBLIC",
    "PUBLISHABLE",
    "PUB",
    "REQUIRE",
    "REQUIRED",
    "REQUIRES",
    "SITE",
    "USE",
    "USES",
    "ANON",
];
/// Words behind the name proper: `SECRET_KEY_FALLBACKS`, `API_KEY_PROD`, `PRIVATE_KEY_BASE64`.
const BEHIND: [&str; 20] = [
    "BASE",
    "BASE64",
    "B64",
    "CURRENT",
    "DEV",
    "ENCODED",
    "FALLBACK",
    "FALLBACKS",
    "HEX",
    "JSON",
    "LIVE",
    "NEW",
    "OLD",
    "PEM",
    "PREVIOUS",
    "PROD",
    "PRODUCTION",
    "STAGING",
    "TEST",
    "VALUE",
];

/// Whether the value of a variable, key or flag of that name is a secret, unless the value says otherwise.
pub(super) fn is_secret(name: &str) -> bool {
    let words = words(name);
    if words.iter().any(|word| HARMLESS.contains(&&**word)) {
        return false;
    }
    let words = without_what_follows(&words);
    let Some((last, before)) = words.split_last() else { return false };
    let previous = before.last().map(String::as_str).unwrap_or_default();
    let single = last.strip_suffix('S').unwrap_or(last);
    let is_key = |word: &str| KEYS.contains(&word);
    match last.as_str() {
        // https://redis.io/docs/latest/develop/tools/cli/
        "AUTH" => previous == "REDISCLI",
        "ID" => match before {
            [.., access, key] => access == "ACCESS" && key == "KEY",
            _ => false,
        },
        "KEY" | "KEYS" => is_key(previous),
        last if WHOLE.contains(&last) => true,
        _ => ENDINGS.iter().any(|ending| single.ends_with(ending)),
    }
}

/// Whether a key of a stack names a Secret, and holds none: `secret`, `pull-secrets`, `secretName`.
pub(super) fn names_a_secret(key: &str) -> bool {
    let is_option = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    (is_option && (key.ends_with("secret") || key.ends_with("secrets")))
        || matches!(key, "secretName" | "secretKey" | "existingSecret")
}

/// Whether a name is that of some key, salt or pepper, of which only the value can say whether it is secret.
pub(super) fn is_key(name: &str) -> bool {
    let words = words(name);
    let is_harmless = |word: &String| {
        HARMLESS.contains(&&**word) || matches!(&**word, "SEARCH" | "CACHE" | "CLIENT" | "BUILD")
    };
    let last = without_what_follows(&words).last().map(String::as_str);
    !words.iter().any(is_harmless) && matches!(last, Some("KEY" | "KEYS" | "SALT" | "PEPPER"))
}

fn without_what_follows(words: &[String]) -> &[String] {
    let follows = |word: &str| {
        BEHIND.contains(&word)
            || word.strip_prefix('V').unwrap_or(word).bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut words = words;
    while let [before @ .., last] = words
        && !before.is_empty()
        && follows(last)
    {
        words = before;
    }
    words
}
