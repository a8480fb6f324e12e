//! What goes to standard output and standard error, and how.

use std::io::{self, BufRead, BufWriter, IsTerminal, Write};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use anyhow::{Result, bail};
use serde::Serialize;

/// Standard output, and the notes beside it.
pub struct Out {
    pub json: bool,
    pub paint: Paint,
    stdout: BufWriter<Box<dyn Write>>,
    /// Nobody listens to notes.
    quiet: bool,
}

impl Out {
    pub fn new(json: bool) -> Out {
        let stdout = io::stdout().lock();
        let paint = Paint(!json && shows_colours(&stdout));
        Out {
            json,
            paint,
            stdout: BufWriter::new(Box::new(stdout)),
            quiet: false,
        }
    }

    /// JSON to somebody in this process, and no notes.
    #[cfg(feature = "__fuzzing")]
    pub fn to(sink: impl Write + 'static) -> Out {
        Out {
            json: true,
            paint: Paint(false),
            stdout: BufWriter::new(Box::new(sink)),
            quiet: true,
        }
    }

    /// A line for a person. Whatever strangers wrote in it went through [`safe`].
    pub fn line(&mut self, text: impl AsRef<str>) -> Result<()> {
        writeln!(self.stdout, "{}", text.as_ref())?;
        Ok(())
    }

    /// What another program reads, as it is.
    pub fn text(&mut self, text: &str) -> Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        Ok(())
    }

    /// A JSON document on a line of its own.
    pub fn document(&mut self, value: &impl Serialize) -> Result<()> {
        writeln!(self.stdout, "{}", escaped(&serde_json::to_string(value)?))?;
        Ok(())
    }

    pub fn flush(&mut self) -> Result<()> {
        self.stdout.flush()?;
        Ok(())
    }

    /// A line beside the result.
    pub fn note(&self, text: impl AsRef<str>) {
        if self.quiet {
            return;
        }
        // Where nobody listens, nothing is lost.
        drop(writeln!(io::stderr(), "{}", text.as_ref()));
    }

    /// Asks the person at the terminal, where no is the answer to everything but yes.
    ///
    /// # Errors
    /// `nobody` where nobody is there to say it, or JSON is printed for a program.
    pub fn confirmed(&self, question: &str, nobody: &str) -> Result<bool> {
        let answer = self.answer(&format!("{question} [y/N]"), nobody)?;
        Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether there is a person who can be asked.
    pub fn is_heard(&self) -> bool {
        !self.json && io::stdin().is_terminal()
    }

    /// What the person at the terminal says, on one line and without blanks around it.
    ///
    /// # Errors
    /// As [`Out::confirmed`].
    pub fn answer(&self, question: &str, nobody: &str) -> Result<String> {
        if !self.is_heard() {
            bail!("{nobody}");
        }
        let mut stderr = io::stderr();
        write!(stderr, "{question} ")?;
        stderr.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }

    /// What went wrong, on one or two lines.
    pub fn error(&self, error: &anyhow::Error) {
        let mut text = String::new();
        for cause in error.chain().map(ToString::to_string) {
            // Some errors repeat what they come from.
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

/// Colours, where there is a terminal to show them.
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

/// Text that strangers wrote, on one line, without what a terminal would obey.
pub fn safe(text: &str, most: usize) -> String {
    crate::text::line(text, most)
}

/// JSON in which the characters that a terminal would obey are escaped. They can only stand in
/// strings, where `\u` says the same.
fn escaped(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if crate::text::hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(c);
        }
    }
    shown
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
        assert!(!json.chars().any(crate::text::hidden));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }
}
