//! One `git cat-file --batch` that answers for all files.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// The running program, which ends when its input is closed.
#[derive(Debug)]
pub(super) struct Show {
    child: Child,
    /// Closed first when this is dropped.
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Show {
    pub(super) fn start(top: &Path) -> io::Result<Self> {
        let mut command = super::command(&["cat-file", "--batch"]);
        command.current_dir(top).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let asks = child.stdin.take();
        let answers = child.stdout.take().ok_or_else(|| io::Error::other("git has no output"))?;
        Ok(Self { child, asks, answers: BufReader::new(answers) })
    }

    /// The first `most` bytes of an object. `<object> <type> <size>`, a line break, the content, a line break.
    pub(super) fn object(&mut self, object: &str, most: u64) -> io::Result<Vec<u8>> {
        let asks = self.asks.as_mut().ok_or_else(|| io::Error::other("git has ended"))?;
        writeln!(asks, "{object}")?;
        asks.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        let size: u64 = head
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse().ok())
            .ok_or_else(|| io::Error::other("git does not have the file"))?;
        let mut bytes = Vec::new();
        let mut content = (&mut self.answers).take(size);
        (&mut content).take(most).read_to_end(&mut bytes)?;
        io::copy(&mut content, &mut io::sink())?;
        let mut end = [0];
        self.answers.read_exact(&mut end)?;
        Ok(bytes)
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        self.asks = None;
        let _ = self.child.wait();
    }
}
