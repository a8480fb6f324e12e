use super::report::{Differs, Rehearsal};
use super::simulation::Simulation;
use crate::model::*;
use crate::store::StoreError;

/// Adds an external id for customers without a name: the number on a card says more than a UUID.
pub(super) fn name(sim: &Simulation, report: &mut Rehearsal) -> Result<(), StoreError> {
    let people = report.most_affected.iter_mut();
    for person in people {
        fill(sim, person.customer, &mut person.name)?;
    }
    for sample in &mut report.samples {
        fill(sim, sample.customer, &mut sample.name)?;
    }
    let Some(against) = &mut report.against else {
        return Ok(());
    };
    for Differs { examples, .. } in [&mut against.new, &mut against.gone, &mut against.reworded] {
        for example in examples {
            fill(sim, example.customer, &mut example.name)?;
        }
    }
    Ok(())
}

fn fill(
    sim: &Simulation,
    customer: CustomerId,
    name: &mut Option<String>,
) -> Result<(), StoreError> {
    if name.is_none() {
        let points = sim.engine.store.contact_points(customer)?.into_iter();
        let mut external = points.filter(|point| point.kind == ContactKind::External);
        *name = external.next().map(|point| point.value);
    }
    Ok(())
}
