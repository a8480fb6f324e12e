use super::Host;
use crate::error::Error;
use crate::model::*;
use crate::store::StoreError;
use crate::transcript::{Replay, Transcript};

impl Host {
    /// Returns the transcript of a run: everything that the run depended on.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown run or a run without a transcript. For the latter, the error names the reason
    /// and the setting that keeps transcripts.
    pub fn transcript(&self, run: RunId) -> Result<Transcript, Error> {
        let Some(kept) = self.engine.store.transcript(run)? else {
            return Err(self.without(&self.run(run)?));
        };
        let Some(packed) = kept.packed else {
            let most = self.engine.config.transcripts.max_bytes;
            return Err(missing(
                run,
                &format!(
                    "it was larger than `transcripts.max_bytes` allowed, which is {most} now: the next runs \
                     keep theirs where it is raised"
                ),
            ));
        };
        Transcript::unpack(&packed, kept.size).map_err(|error| {
            StoreError::Corrupt(format!("the transcript of {run}: {error}")).into()
        })
    }

    /// Repeats the call of a recorded run, with the recorded component or with another one. Writes nothing.
    ///
    /// # Errors
    /// As [`Host::transcript`]. [`Error::NotFound`] if the store no longer has the component. [`Error::Plugin`] if the
    /// other component cannot run as a plugin here.
    pub fn replay(&self, run: RunId, with: Option<Component>) -> Result<Replay, Error> {
        let transcript = self.transcript(run)?;
        let component = match with {
            Some(component) => component,
            None => self.component_of(&transcript)?,
        };
        Ok(transcript.replay(&self.engine.runtime, &component)?)
    }

    /// Returns a copy of a run's transcript without personal data: see [`Transcript::masked`]. Each call draws other
    /// replacements.
    ///
    /// # Errors
    /// As [`Host::replay`].
    pub fn masked_transcript(&self, run: RunId) -> Result<Transcript, Error> {
        let transcript = self.transcript(run)?;
        let component = self.component_of(&transcript)?;
        Ok(transcript.masked(&self.engine.runtime, &component, self.engine.ids.bytes())?)
    }

    /// Returns the component of a transcript's run.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the store no longer has it.
    pub fn component_of(&self, transcript: &Transcript) -> Result<Component, Error> {
        let digest = transcript.digest;
        self.engine.store.component(digest)?.ok_or_else(|| {
            Error::not_found(
                "component",
                format!("{digest} here any more, which the run used: replay it with the file of that digest"),
            )
        })
    }

    /// Returns the error for a run without a transcript, with the likely reason.
    fn without(&self, run: &Run) -> Error {
        let config = &self.engine.config.transcripts;
        let why = match run.outcome {
            RunOutcome::Failed { .. } => format!(
                "it was removed, since it was older than {} days or not among the {} newest of the plugin: \
                 `transcripts.days` and `transcripts.per_plugin` keep more",
                config.days, config.per_plugin
            ),
            RunOutcome::Completed => "it completed, and of those a share keeps theirs for a while: \
                 `transcripts.one_in` set to 1 (`regulars serve --transcripts 1`) keeps that of every run \
                 to come"
                .to_owned(),
        };
        missing(run.id, &why)
    }
}

fn missing(run: RunId, why: &str) -> Error {
    Error::not_found("transcript", format!("of the run {run}: {why}"))
}
