//! Passwords that programs take in options whose names do not say so: `mysql -pX`, `curl -u user:X`, `redis-cli -a X`.

use super::text;

/// An option of some programs, and where its value is.
struct Switch {
    programs: &'static [&'static str],
    flags: &'static [&'static str],
    /// Whether the value may be in the same word: `-pX`.
    attached: bool,
    /// Whether the value may be the next word: `-p X`.
    next: bool,
    /// Whether the value is a user and a password: `user:X`.
    pair: bool,
}

/// Where each is known from:
///
/// - MySQL and MariaDB: <https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_password>, whose `-p` takes no
///   next word
/// - curl: <https://curl.se/docs/manpage.html#-u>
/// - Redis and Valkey: <https://redis.io/docs/latest/develop/tools/cli/>
/// - `mongosh`: <https://www.mongodb.com/docs/mongodb-shell/reference/options/>
/// - `ldapsearch`: <https://www.openldap.org/software/man.cgi?query=ldapsearch>
const OPTIONS: &[Switch] = &[
    Switch {
        programs: &[
            "mysql",
            "mysqladmin",
            "mysqlcheck",
            "mysqldump",
            "mysqlimport",
            "mariadb",
            "mariadb-admin",
            "mariadb-check",
            "mariadb-dump",
            "mariadb-import",
        ],
        flags: &["-p"],
        attached: true,
        next: false,
        pair: false,
    },
    Switch {
        programs: &["curl"],
        flags: &["-u", "--user", "-U", "--proxy-user"],
        attached: true,
        next: true,
        pair: true,
    },
    Switch {
        programs: &["redis-cli", "valkey-cli"],
        flags: &["-a"],
        attached: false,
        next: true,
        pair: false,
    },
    Switch {
        programs: &["mongo", "mongosh", "mongodump", "mongorestore"],
        flags: &["-p"],
        attached: false,
        next: true,
        pair: false,
    },
    Switch {
        programs: &["ldapadd", "ldapmodify", "ldapsearch", "ldapwhoami"],
        flags: &["-w"],
        attached: true,
        next: true,
        pair: false,
    },
];

/// What comes before the program that gets the password, in options of its own
/// (<https://linux.die.net/man/1/sshpass>).
const BEFORE: Switch =
    Switch { programs: &["sshpass"], flags: &["-p"], attached: true, next: true, pair: false };

/// The passwords in the words of a command, each with the place of its word and the option.
pub(super) fn passwords<'a>(words: impl Iterator<Item = &'a str>) -> Vec<(usize, &'static str)> {
    let tokens: Vec<(usize, &str)> = words
        .enumerate()
        .flat_map(|(at, word)| tokens(word).map(move |token| (at, token)))
        .collect();
    let mut found = Vec::new();
    let mut option: Option<&Switch> = None;
    for (place, &(at, token)) in tokens.iter().enumerate() {
        if token == END {
            option = None;
            continue;
        }
        let name = token.rsplit('/').next().unwrap_or(token);
        if BEFORE.programs.contains(&name) {
            option = Some(&BEFORE);
        } else if let Some(known) = OPTIONS.iter().find(|known| known.programs.contains(&name)) {
            option = Some(known);
        } else if let Some(known) = option {
            let next = tokens.get(place + 1).copied().filter(|(_, next)| *next != END);
            if let Some((flag, at)) = known.password(at, token, next) {
                found.push((at, flag));
            }
            // The first word that is neither an option nor its value begins the command that sshpass runs.
            let is_value =
                place > 0 && tokens.get(place - 1).is_some_and(|(_, flag)| *flag == "-p");
            if known.programs == BEFORE.programs && !token.starts_with('-') && !is_value {
                option = None;
            }
        }
    }
    found
}

impl Switch {
    /// The option, and the place of the word with its value.
    fn password(
        &self,
        at: usize,
        token: &str,
        next: Option<(usize, &str)>,
    ) -> Option<(&'static str, usize)> {
        self.flags.iter().find_map(|flag| {
            let rest = token.strip_prefix(flag)?;
            let (at, value) = match (rest, next) {
                ("", Some((at, next))) if self.next => (at, next),
                ("", _) => return None,
                (rest, _) if flag.starts_with("--") => (at, rest.strip_prefix('=')?),
                (rest, _) if self.attached => (at, rest),
                _ => return None,
            };
            let password = if self.pair { value.split_once(':')?.1 } else { value };
            let password = password.trim_matches(['"', '\'']);
            let is_literal = !value.starts_with('-') && text::is_literal_secret(password);
            is_literal.then_some((*flag, at))
        })
    }
}

/// The end of a command of a shell.
const END: &str = ";";

/// The words of a text as a shell takes them apart, with the ends of its commands.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() && c != '\n').flat_map(|word| {
        word.split_inclusive(['\n', ';', '&', '|']).flat_map(|piece| {
            let token = piece.trim_end_matches(['\n', ';', '&', '|']);
            let end = (token.len() < piece.len()).then_some(END);
            let token = token.trim_matches(['"', '\'', '(', ')', '`']);
            Some(token).filter(|token| !token.is_empty()).into_iter().chain(end)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_hold_passwords() {
        for (command, flag) in [
            ("mysql -h db -u root -phunter2 shop", "-p"),
            ("/usr/bin/mysqldump -phunter2 shop", "-p"),
            ("sh -c 'sleep 1; mariadb -u root -phunter2'", "-p"),
            ("curl -fsS -u admin:hunter2 https://a.example", "-u"),
            ("curl -uadmin:hunter2 https://a.example", "-u"),
            ("curl --user admin:hunter2 https://a.example", "--user"),
            ("curl --user=$NAME:hunter2 https://a.example", "--user"),
            ("redis-cli -h kv -a hunter2 ping", "-a"),
            ("sshpass -p hunter2 ssh host", "-p"),
            ("sshpass -phunter2 scp a host:b", "-p"),
            ("mongosh -u root -p hunter2", "-p"),
            ("ldapsearch -x -D cn=admin -w hunter2", "-w"),
        ] {
            let found = passwords(command.split(' '));
            assert_eq!(
                found.iter().map(|(_, flag)| *flag).collect::<Vec<_>>(),
                [flag],
                "{command}"
            );
            assert_eq!(passwords([command].into_iter()), [(0, flag)], "{command}");
        }
    }

    #[test]
    fn options_that_hold_none() {
        for command in [
            "mysql -p",
            "mysql -p shop",
            "mysql -P3306 -h db",
            "mysql -p$(MYSQL_PWD) shop",
            "mysql -p\"$MYSQL_PWD\" shop",
            "mkdir -p cache",
            "mysql -h db && mkdir -pm755 cache",
            "serve -p 8000",
            "ssh -p 8000 host",
            "curl -u \"$USER:$PASS\" https://a.example",
            "curl -u $(USER):$(PASS) https://a.example",
            "curl -u admin https://a.example",
            "curl https://a.example | tar -u a:b",
            "redis-cli -a $REDIS_PASSWORD ping",
            "redis-cli ping; ls -a cache",
            "sshpass -e scp -p file host:",
            "sshpass -p $SSH_PASSWORD scp -p file host:",
            "docker run -u app:app image",
            "mongosh -p --quiet",
        ] {
            assert_eq!(passwords(command.split(' ')), [], "{command}");
            assert_eq!(passwords([command].into_iter()), [], "{command}");
        }
    }
}
