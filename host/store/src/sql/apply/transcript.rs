use super::Apply;
use crate::StoredTranscript;
use crate::sql::codec::signed;
use crate::sql::{Result, SqlConnection, params};
use regulars_model::RunId;

impl<C: SqlConnection> Apply<'_, C> {
    pub(super) fn keep_transcript(&self, kept: &StoredTranscript) -> Result<()> {
        self.execute(
            "INSERT INTO transcript (run, installation, kept_at, size, packed)
             SELECT seq, installation, ?, ?, ? FROM run WHERE id = ?",
            params![
                kept.kept_at.as_millisecond(),
                signed(kept.size),
                kept.packed,
                kept.run.0.as_bytes(),
            ],
        )?;
        Ok(())
    }

    pub(super) fn drop_transcript(&self, run: RunId) -> Result<()> {
        self.execute(
            "DELETE FROM transcript WHERE run = (SELECT seq FROM run WHERE id = ?)",
            params![run.0.as_bytes()],
        )?;
        Ok(())
    }
}
