//! What a submission is divided into: Katalon folders and results go in by different calls, so each is an execution of its own.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::ServiceError;
use super::attachments::{self, FolderContent, StudioFile};
use super::target::KatalonTarget;
use super::wire::Id;
use super::{marks, packed, payload};
use crate::files::{self, KnownFile};
use crate::model::Tally;
use crate::plan::{PlannedReport, SubmissionPlan};

/// The format of a Katalon report folder, as the reader names it.
const KATALON: &str = "katalon";

/// In which form a part goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Katalon folders, as Studio sends them.
    Folders,
    /// Suites and results, as Katalon's own reporters send them.
    Results,
}

impl Form {
    /// Returns its word in marks and in the journal.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Folders => "folders",
            Self::Results => "results",
        }
    }
}

/// A part of a submission.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) form: Form,
    /// The name under which its files go in.
    pub(super) batch: String,
    /// The name that handin 0.1.0 gave it.
    pub(super) former_batch: String,
    /// What its writes are about, in the journal.
    pub(super) item: String,
    /// Its reports, by their place in the plan.
    pub(super) reports: Vec<usize>,
    pub(super) tally: Tally,
    /// What is uploaded as it is. Results are written when they are sent.
    pub(super) found: FolderContent,
}

/// Divides a plan.
///
/// # Errors
///
/// When a report folder cannot be read.
pub(super) fn divide(
    plan: &SubmissionPlan,
    target: &KatalonTarget,
    project: &Id,
) -> Result<Vec<Part>, ServiceError> {
    let own = |report: &PlannedReport| {
        if target.step_log {
            form_of(report)
        } else {
            Form::Results
        }
    };
    let forms: Vec<Form> = plan.reports.iter().map(own).collect();
    [Form::Folders, Form::Results]
        .into_iter()
        .filter_map(|form| {
            let mine = forms.iter().enumerate().filter(|(_, own)| **own == form);
            let mut reports: Vec<usize> = mine.map(|(index, _)| index).collect();
            if form == Form::Folders {
                without_repeats(plan, &mut reports);
            }
            (!reports.is_empty())
                .then(|| Part::new((plan, project), form, reports, target.takes_evidence()))
        })
        .collect()
}

/// Returns the form in which a report is sent: that of Studio needs a step log, whether its folder is packed or not.
fn form_of(report: &PlannedReport) -> Form {
    let in_folder =
        || report.file.is_some() && report.folder.as_deref().is_some_and(attachments::has_log);
    let in_archive = || report.packed.as_deref().is_some_and(packed::has_log);
    if report.format == KATALON && (in_folder() || in_archive()) {
        Form::Folders
    } else {
        Form::Results
    }
}

/// Leaves out folders that are given twice, packed and unpacked.
fn without_repeats(plan: &SubmissionPlan, reports: &mut Vec<usize>) {
    let mut seen = BTreeSet::new();
    reports.retain(|index| {
        let report = plan.reports.get(*index);
        report.is_none_or(|report| seen.insert(report.digest))
    });
}

impl Part {
    fn new(
        (plan, project): (&SubmissionPlan, &Id),
        form: Form,
        reports: Vec<usize>,
        evidence: bool,
    ) -> Result<Self, ServiceError> {
        let mut tally = Tally::default();
        let own = || reports.iter().filter_map(|index| plan.reports.get(*index));
        own().for_each(|report| tally += report.tally);
        let mut found = match form {
            Form::Folders => folders(own())?,
            Form::Results => FolderContent::default(),
        };
        if !evidence {
            found.files.retain(|file| file.essential);
            found.recordings.clear();
        }
        let batch = marks::batch(&marks::mark(&plan.identity, project), form);
        Ok(Self {
            form,
            item: format!("{}-{}", form.word(), marks::digits(&[&batch])),
            former_batch: marks::former_batch(plan, &reports, form),
            batch,
            reports,
            tally,
            found,
        })
    }

    /// Returns the files to upload, having written into `folder` those that are made here.
    ///
    /// # Errors
    ///
    /// When something cannot be read or written.
    pub(super) fn files(
        &self,
        plan: &SubmissionPlan,
        target: &KatalonTarget,
        now: Timestamp,
        folder: &Path,
    ) -> io::Result<Vec<StudioFile>> {
        if self.form == Form::Results {
            let source = payload::Source {
                plan,
                reports: &self.reports,
                target,
                batch: &self.batch,
                now,
            };
            return payload::write(source, folder);
        }
        let mut files = self.found.files.clone();
        for (index, (report, recordings)) in self.found.recordings.iter().enumerate() {
            let path = folder.join(format!("hars-{index}.zip"));
            files.push(packed(&path, report, recordings)?);
        }
        Ok(files)
    }

    /// Returns how many files are to be uploaded.
    pub(super) fn count(&self) -> usize {
        match self.form {
            Form::Folders => self.found.files.len() + self.found.recordings.len(),
            Form::Results => payload::DOCUMENTS.len(),
        }
    }

    /// Returns how many files go up and how large they are in all; `None` for what is not written yet.
    pub(super) fn size(&self) -> Option<(usize, u64)> {
        let all = || self.found.files.iter();
        (self.form != Form::Results).then(|| {
            (
                all().count() + self.found.recordings.len(),
                all().map(StudioFile::length).sum(),
            )
        })
    }
}

fn folders<'a>(
    reports: impl Iterator<Item = &'a PlannedReport>,
) -> Result<FolderContent, ServiceError> {
    let (mut folders, mut packed) = (Vec::new(), Vec::new());
    for report in reports {
        match (&report.folder, &report.packed) {
            // The name below `Reports` can be told only from the whole path.
            (Some(folder), _) => {
                folders.push(std::fs::canonicalize(folder).unwrap_or_else(|_| folder.clone()));
            }
            (None, Some(folder)) => packed.push(&**folder),
            (None, None) => {}
        }
    }
    let unpacked = if packed.is_empty() {
        None
    } else {
        Some(packed::unpack(&packed)?)
    };
    folders.extend(unpacked.iter().flat_map(|it| it.folders.iter().cloned()));
    folders.sort_unstable();
    folders.dedup();
    let found = attachments::collect(&folders).map_err(|error| {
        ServiceError::setting(format!("a Katalon report folder cannot be read: {error}"))
    })?;
    Ok(match unpacked {
        None => found,
        Some(unpacked) => FolderContent {
            warnings: [unpacked.warnings, found.warnings].concat(),
            unpacked: Some(unpacked.room),
            ..found
        },
    })
}

/// Packs recorded requests into one archive, as Studio does.
fn packed(path: &Path, report: &str, recordings: &[StudioFile]) -> io::Result<StudioFile> {
    let mut archive = ZipWriter::new(files::create_private(path)?);
    for file in recordings {
        let below = file.folder.strip_prefix(report).unwrap_or(&file.folder);
        let entry = format!("{}/{}", below.trim_start_matches('/'), file.name);
        archive.start_file(
            entry.trim_start_matches('/'),
            SimpleFileOptions::default().large_file(true),
        )?;
        io::copy(&mut file.file.open()?, &mut archive)?;
    }
    let file = KnownFile::opened(path, &archive.finish()?)?;
    let name = path.file_name().unwrap_or_default();
    Ok(StudioFile {
        name: name.to_string_lossy().into_owned(),
        folder: format!("{report}/katalon-analytics-tmp"),
        file,
        essential: false,
    })
}
