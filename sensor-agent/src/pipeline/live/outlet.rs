//! Findings and changes of the live sensor: to the service, which never blocks its caller.

use sensor_detect::detector::Changes;
use sensor_detect::finding::Finding;

use crate::pipeline::outlet::Outlet;
use crate::service::Service;

/// The service as the stages see it.
pub(crate) struct ToService {
    service: Service,
}

impl ToService {
    pub(crate) fn new(service: Service) -> Self {
        Self { service }
    }
}

impl Outlet for ToService {
    fn changes(&mut self, changes: Changes) {
        self.service.persist_changes(changes);
    }

    fn findings(&mut self, findings: &mut Vec<Finding>) {
        self.service.ingest(std::mem::take(findings));
    }
}
