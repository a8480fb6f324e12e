//! Writes to standard output and standard error.

use std::io::{self, BufRead, BufWriter, IsTerminal, Write};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use anyhow::{Result, bail};
use serde::Serialize;

/// The output of a command: results on standard output, notes on standard error.
pub struct Out {
    pub json: bool,
    pub paint: Paint,
    stdout: BufWriter<Box<dyn Write>>,
    /// Discards notes.
    discard_notes: bool,
}

impl Out {
    pub fn new(json: bool) -> Out {
        let stdout = io::stdout().lock();
        let paint = Paint(!json && shows_colours(&stdout));
        Out {
            json,
            paint,
            stdout: BufWriter::new(Box::new(stdout)),
            discard_notes: false,
        }
    }

    /// Returns an output that writes JSON to `sink` and discards notes.
    #[cfg(feature = "__fuzzing")]
    pub fn to(sink: impl Write + 'static) -> Out {
        Out {
            json: true,
            paint: Paint(false),
            stdout: BufWriter::new(Box::new(sink)),
            discard_notes: true,
        }
    }

    /// Prints a line for people. Pass text from outside through [`safe`] first.
    pub fn line(&mut self, text: impl AsRef<str>) -> Result<()> {
        writeln!(self.stdout, "{}", text.as_ref())?;
        Ok(())
    }

    /// Prints text for programs, unchanged.
    pub fn text(&mut self, text: &str) -> Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        Ok(())
    }

    /// Prints a JSON document on one line.
    pub fn document(&mut self, value: &impl Serialize) -> Result<()> {
        writeln!(self.stdout, "{}", escaped(&serde_json::to_string(value)?))?;
        Ok(())
    }

    pub fn flush(&mut self) -> Result<()> {
        self.stdout.flush()?;
        Ok(())
    }

    /// Prints a line to standard error.
    pub fn note(&self, text: impl AsRef<str>) {
        if self.discard_notes {
            return;
        }
        // A note that cannot be written is lost, and the command goes on.
        drop(writeln!(io::stderr(), "{}", text.as_ref()));
    }

    /// Asks a yes-or-no question at the terminal. The default answer is no.
    ///
    /// # Errors
    /// Fails with the message `refusal` if standard input is no terminal or the output is JSON.
    pub fn confirm(&self, question: &str, refusal: &str) -> Result<bool> {
        let answer = self.ask(&format!("{question} [y/N]"), refusal)?;
        Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
    }

    /// Returns true if questions can be asked at the terminal.
    pub fn is_interactive(&self) -> bool {
        !self.json && io::stdin().is_terminal()
    }

    /// Asks a question at the terminal and returns the answer, trimmed.
    ///
    /// # Errors
    /// As [`Out::confirm`].
    pub fn ask(&self, question: &str, refusal: &str) -> Result<String> {
        if !self.is_interactive() {
            bail!("{refusal}");
        }
        let mut stderr = io::stderr();
        write!(stderr, "{question} ")?;
        stderr.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }

    /// Prints an error with its causes.
    pub fn error(&self, error: &anyhow::Error) {
        let mut text = String::new();
        for cause in error.chain().map(ToString::to_string) {
            // Some errors repeat their cause.
            if !text.contains(&cause) {
                text += if text.is_empty() { "" } else { ": " };
                text += &cause;
            }
        }
        let text = safe(&text, 1000);
        if self.json {
            self.note(escaped(&serde_json::json!({ "error": text }).to_string()));
        } else {
            self.note(format!("error: {text}"));
        }
    }
}

/// ANSI colours, or none if standard output is no terminal.
#[derive(Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    pub fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    pub fn red(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default(), text)
    }

    pub fn green(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    pub fn yellow(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.0 {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// Returns true if a stream is a terminal that shows colours. `NO_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE` are
/// respected (<https://no-color.org>, <https://bixense.com/clicolors>).
pub fn shows_colours(stream: &impl RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}

/// Returns text from outside on one line, without control characters, cut to `most` characters.
pub fn safe(text: &str, max_chars: usize) -> String {
    regulars::text::line(text, max_chars)
}

/// Escapes control characters in JSON as `\u`. They can only stand in strings, so the value stays
/// the same.
fn escaped(json: &str) -> String {
    let mut escaped_json = String::with_capacity(json.len());
    for c in json.chars() {
        if regulars::text::hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                escaped_json.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped_json.push(c);
        }
    }
    escaped_json
}

pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_given_nothing_to_obey() {
        let hostile = "a\u{1b}[2J\u{9b}31m\u{202e}b\n";
        assert_eq!(safe(hostile, 100), "a[2J31mb ");
        let json = escaped(&serde_json::json!(hostile).to_string());
        assert!(!json.chars().any(regulars::text::hidden));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }
}
