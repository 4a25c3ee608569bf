//! Operations of the interfaces by number.
//!
//! Sources: see `interfaces`. Only those that change something or tell what somebody is after are named;
//! the others are `call`, with their number. Names are those of the interface definition.

use crate::observation::OperationClass as Class;

/// Number, name, kind of effect.
pub(super) type Opnum = (u16, &'static str, Class);

pub(super) const NONE: &[Opnum] = &[];

/// MS-SCMR 3.1.4.
pub(super) const SVCCTL: &[Opnum] = &[
    (0, "RCloseServiceHandle", Class::Session),
    (1, "RControlService", Class::Control),
    (2, "RDeleteService", Class::Config),
    (4, "RSetServiceObjectSecurity", Class::Config),
    (6, "RQueryServiceStatus", Class::Read),
    (11, "RChangeServiceConfigW", Class::Config),
    (12, "RCreateServiceW", Class::Config),
    (14, "REnumServicesStatusW", Class::Discovery),
    (15, "ROpenSCManagerW", Class::Session),
    (16, "ROpenServiceW", Class::Session),
    (17, "RQueryServiceConfigW", Class::Read),
    (19, "RStartServiceW", Class::Control),
    (23, "RChangeServiceConfigA", Class::Config),
    (24, "RCreateServiceA", Class::Config),
    (26, "REnumServicesStatusA", Class::Discovery),
    (27, "ROpenSCManagerA", Class::Session),
    (28, "ROpenServiceA", Class::Session),
    (31, "RStartServiceA", Class::Control),
    (36, "RChangeServiceConfig2A", Class::Config),
    (37, "RChangeServiceConfig2W", Class::Config),
    (41, "REnumServicesStatusExA", Class::Discovery),
    (42, "REnumServicesStatusExW", Class::Discovery),
    (44, "RCreateServiceWOW64A", Class::Config),
    (45, "RCreateServiceWOW64W", Class::Config),
    (50, "RControlServiceExA", Class::Control),
    (51, "RControlServiceExW", Class::Control),
    (60, "RCreateWowService", Class::Config),
];

/// MS-TSCH 3.2.5.2.
pub(super) const ATSVC: &[Opnum] = &[
    (0, "NetrJobAdd", Class::Control),
    (1, "NetrJobDel", Class::Config),
    (2, "NetrJobEnum", Class::Read),
    (3, "NetrJobGetInfo", Class::Read),
];

/// MS-TSCH 3.2.5.4.
pub(super) const TASK_SCHEDULER: &[Opnum] = &[
    (0, "SchRpcHighestVersion", Class::Session),
    (1, "SchRpcRegisterTask", Class::Control),
    (2, "SchRpcRetrieveTask", Class::Read),
    (3, "SchRpcCreateFolder", Class::Config),
    (4, "SchRpcSetSecurity", Class::Config),
    (6, "SchRpcEnumFolders", Class::Discovery),
    (7, "SchRpcEnumTasks", Class::Discovery),
    (11, "SchRpcStop", Class::Control),
    (12, "SchRpcRun", Class::Control),
    (13, "SchRpcDelete", Class::Config),
    (14, "SchRpcRename", Class::Config),
    (19, "SchRpcEnableTask", Class::Control),
];

/// MS-SAMR 3.1.5.
pub(super) const SAMR: &[Opnum] = &[
    (0, "SamrConnect", Class::Session),
    (1, "SamrCloseHandle", Class::Session),
    (5, "SamrLookupDomainInSamServer", Class::Discovery),
    (6, "SamrEnumerateDomainsInSamServer", Class::Discovery),
    (7, "SamrOpenDomain", Class::Session),
    (11, "SamrEnumerateGroupsInDomain", Class::Discovery),
    (12, "SamrCreateUserInDomain", Class::Auth),
    (13, "SamrEnumerateUsersInDomain", Class::Discovery),
    (15, "SamrEnumerateAliasesInDomain", Class::Discovery),
    (17, "SamrLookupNamesInDomain", Class::Discovery),
    (18, "SamrLookupIdsInDomain", Class::Discovery),
    (22, "SamrAddMemberToGroup", Class::Auth),
    (31, "SamrAddMemberToAlias", Class::Auth),
    (34, "SamrOpenUser", Class::Session),
    (35, "SamrDeleteUser", Class::Auth),
    (36, "SamrQueryInformationUser", Class::Read),
    (37, "SamrSetInformationUser", Class::Auth),
    (39, "SamrGetGroupsForUser", Class::Discovery),
    (50, "SamrCreateUser2InDomain", Class::Auth),
    (55, "SamrUnicodeChangePasswordUser2", Class::Auth),
    (57, "SamrConnect2", Class::Session),
    (58, "SamrSetInformationUser2", Class::Auth),
    (64, "SamrConnect5", Class::Session),
];

/// MS-LSAD 3.1.4, MS-LSAT 3.1.4.
pub(super) const LSARPC: &[Opnum] = &[
    (0, "LsarClose", Class::Session),
    (7, "LsarQueryInformationPolicy", Class::Discovery),
    (11, "LsarEnumerateAccounts", Class::Discovery),
    (14, "LsarLookupNames", Class::Discovery),
    (15, "LsarLookupSids", Class::Discovery),
    (19, "LsarAddPrivilegesToAccount", Class::Auth),
    (28, "LsarOpenSecret", Class::Auth),
    (30, "LsarQuerySecret", Class::Auth),
    (37, "LsarAddAccountRights", Class::Auth),
    (42, "LsarRetrievePrivateData", Class::Auth),
    (44, "LsarOpenPolicy2", Class::Session),
    (46, "LsarQueryInformationPolicy2", Class::Discovery),
    (57, "LsarLookupSids2", Class::Discovery),
    (58, "LsarLookupNames2", Class::Discovery),
    (76, "LsarLookupSids3", Class::Discovery),
    (77, "LsarLookupNames4", Class::Discovery),
];

/// MS-SRVS 3.1.4.
pub(super) const SRVSVC: &[Opnum] = &[
    (8, "NetrConnectionEnum", Class::Discovery),
    (9, "NetrFileEnum", Class::Discovery),
    (12, "NetrSessionEnum", Class::Discovery),
    (13, "NetrSessionDel", Class::Control),
    (14, "NetrShareAdd", Class::Config),
    (15, "NetrShareEnum", Class::Discovery),
    (16, "NetrShareGetInfo", Class::Discovery),
    (18, "NetrShareDel", Class::Config),
    (21, "NetrServerGetInfo", Class::Discovery),
    (28, "NetrRemoteTOD", Class::Read),
    (31, "NetprPathCanonicalize", Class::Read),
    (32, "NetprPathCompare", Class::Read),
    (33, "NetprNameValidate", Class::Read),
    (34, "NetprNameCanonicalize", Class::Read),
];

/// MS-RRP 3.1.5.
pub(super) const WINREG: &[Opnum] = &[
    (0, "OpenClassesRoot", Class::Session),
    (1, "OpenCurrentUser", Class::Session),
    (2, "OpenLocalMachine", Class::Session),
    (4, "OpenUsers", Class::Session),
    (5, "BaseRegCloseKey", Class::Session),
    (6, "BaseRegCreateKey", Class::Config),
    (7, "BaseRegDeleteKey", Class::Config),
    (8, "BaseRegDeleteValue", Class::Config),
    (9, "BaseRegEnumKey", Class::Discovery),
    (10, "BaseRegEnumValue", Class::Discovery),
    (13, "BaseRegLoadKey", Class::Config),
    (15, "BaseRegOpenKey", Class::Session),
    (17, "BaseRegQueryValue", Class::Read),
    (19, "BaseRegReplaceKey", Class::Config),
    (20, "BaseRegSaveKey", Class::File),
    (22, "BaseRegSetValue", Class::Config),
    (24, "BaseInitiateSystemShutdown", Class::Control),
    (30, "BaseInitiateSystemShutdownEx", Class::Control),
];

/// MS-RPRN 3.1.4.
pub(super) const SPOOLSS: &[Opnum] = &[
    (0, "RpcEnumPrinters", Class::Discovery),
    (1, "RpcOpenPrinter", Class::Session),
    (9, "RpcAddPrinterDriver", Class::Config),
    (17, "RpcStartDocPrinter", Class::File),
    (
        65,
        "RpcRemoteFindFirstPrinterChangeNotificationEx",
        Class::Auth,
    ),
    (69, "RpcOpenPrinterEx", Class::Session),
    (70, "RpcAddPrinterEx", Class::Config),
    (89, "RpcAddPrinterDriverEx", Class::Config),
];

/// MS-DRSR 4.1.
pub(super) const DRSUAPI: &[Opnum] = &[
    (0, "IDL_DRSBind", Class::Session),
    (1, "IDL_DRSUnbind", Class::Session),
    (3, "IDL_DRSGetNCChanges", Class::Auth),
    (5, "IDL_DRSUpdateRefs", Class::Config),
    (12, "IDL_DRSCrackNames", Class::Discovery),
    (16, "IDL_DRSDomainControllerInfo", Class::Discovery),
    (17, "IDL_DRSAddEntry", Class::Config),
];

/// MS-NRPC 3.5.4.
pub(super) const NETLOGON: &[Opnum] = &[
    (2, "NetrLogonSamLogon", Class::Auth),
    (4, "NetrServerReqChallenge", Class::Auth),
    (15, "NetrServerAuthenticate2", Class::Auth),
    (20, "DsrGetDcName", Class::Discovery),
    (26, "NetrServerAuthenticate3", Class::Auth),
    (30, "NetrServerPasswordSet2", Class::Auth),
    (34, "DsrGetDcNameEx2", Class::Discovery),
    (39, "NetrLogonSamLogonEx", Class::Auth),
    (40, "DsrEnumerateDomainTrusts", Class::Discovery),
    (45, "NetrLogonSamLogonWithFlags", Class::Auth),
];

/// C706, appendix O.
pub(super) const EPMAPPER: &[Opnum] = &[
    (0, "ept_insert", Class::Config),
    (1, "ept_delete", Class::Config),
    (2, "ept_lookup", Class::Discovery),
    (3, "ept_map", Class::Discovery),
    (4, "ept_lookup_handle_free", Class::Session),
    (5, "ept_inq_object", Class::Discovery),
    (6, "ept_mgmt_delete", Class::Config),
];

/// MS-DCOM 3.1.2.5.2.3.
pub(super) const ACTIVATOR: &[Opnum] = &[
    (3, "RemoteGetClassObject", Class::Session),
    (4, "RemoteCreateInstance", Class::Session),
];

/// MS-DCOM 3.1.2.5.2.3.1.
pub(super) const ACTIVATION: &[Opnum] = &[(0, "RemoteActivation", Class::Session)];

/// MS-DCOM 3.1.2.5.1.
pub(super) const OBJECT_EXPORTER: &[Opnum] = &[
    (0, "ResolveOxid", Class::Discovery),
    (1, "SimplePing", Class::Session),
    (2, "ComplexPing", Class::Session),
    (3, "ServerAlive", Class::Diagnostic),
    (4, "ResolveOxid2", Class::Discovery),
    (5, "ServerAlive2", Class::Diagnostic),
];

/// MS-DCOM 3.1.1.5.6.
pub(super) const REM_UNKNOWN: &[Opnum] = &[
    (3, "RemQueryInterface", Class::Session),
    (4, "RemAddRef", Class::Session),
    (5, "RemRelease", Class::Session),
    (6, "RemQueryInterface2", Class::Session),
];

/// MS-WMI 3.1.4.3.
pub(super) const WBEM_SERVICES: &[Opnum] = &[
    (3, "OpenNamespace", Class::Session),
    (6, "GetObject", Class::Read),
    (8, "PutClass", Class::Config),
    (10, "DeleteClass", Class::Config),
    (12, "CreateClassEnum", Class::Discovery),
    (14, "PutInstance", Class::Config),
    (16, "DeleteInstance", Class::Config),
    (18, "CreateInstanceEnum", Class::Discovery),
    (20, "ExecQuery", Class::Read),
    (21, "ExecQueryAsync", Class::Read),
    (22, "ExecNotificationQuery", Class::Read),
    (24, "ExecMethod", Class::Control),
    (25, "ExecMethodAsync", Class::Control),
];

/// MS-WMI 3.1.4.1.
pub(super) const WBEM_LOGIN: &[Opnum] = &[
    (3, "EstablishPosition", Class::Session),
    (4, "RequestChallenge", Class::Auth),
    (5, "WBEMLogin", Class::Auth),
    (6, "NTLMLogin", Class::Auth),
];

/// MS-RSP 3.1.4, 3.2.4.
pub(super) const SHUTDOWN: &[Opnum] = &[
    (0, "BaseInitiateShutdown", Class::Control),
    (1, "BaseAbortShutdown", Class::Control),
    (2, "BaseInitiateShutdownEx", Class::Control),
];

/// MS-EVEN 3.1.4.
pub(super) const EVENTLOG: &[Opnum] = &[
    (0, "ElfrClearELFW", Class::Config),
    (7, "ElfrOpenELW", Class::Session),
    (10, "ElfrReadELW", Class::Read),
];

/// OPC Data Access 3.00, 4.3.
pub(super) const OPC_SERVER: &[Opnum] = &[
    (3, "AddGroup", Class::Session),
    (4, "GetErrorString", Class::Read),
    (5, "GetGroupByName", Class::Read),
    (6, "GetStatus", Class::Diagnostic),
    (7, "RemoveGroup", Class::Session),
    (8, "CreateGroupEnumerator", Class::Discovery),
];

/// OPC Data Access 3.00, 4.3.8.
pub(super) const OPC_BROWSE_SPACE: &[Opnum] = &[
    (3, "QueryOrganization", Class::Discovery),
    (4, "ChangeBrowsePosition", Class::Discovery),
    (5, "BrowseOPCItemIDs", Class::Discovery),
    (6, "GetItemID", Class::Discovery),
    (7, "BrowseAccessPaths", Class::Discovery),
];

/// `IOPCSyncIO`, and what `IOPCSyncIO2` adds to it (OPC Data Access 3.00, 4.5, as the further ones).
pub(super) const OPC_SYNC_IO: &[Opnum] = &[
    (3, "Read", Class::Read),
    (4, "Write", Class::Write),
    (5, "ReadMaxAge", Class::Read),
    (6, "WriteVQT", Class::Write),
];

/// `IOPCAsyncIO`.
pub(super) const OPC_ASYNC_IO: &[Opnum] = &[
    (3, "Read", Class::Read),
    (4, "Write", Class::Write),
    (5, "Refresh", Class::Read),
    (6, "Cancel", Class::Session),
];

/// `IOPCAsyncIO2`, and what `IOPCAsyncIO3` adds to it.
pub(super) const OPC_ASYNC_IO2: &[Opnum] = &[
    (3, "Read", Class::Read),
    (4, "Write", Class::Write),
    (5, "Refresh2", Class::Read),
    (6, "Cancel2", Class::Session),
    (7, "SetEnable", Class::Session),
    (8, "GetEnable", Class::Session),
    (9, "ReadMaxAge", Class::Read),
    (10, "WriteVQT", Class::Write),
    (11, "RefreshMaxAge", Class::Read),
];

/// `IOPCItemIO`, which needs no group.
pub(super) const OPC_ITEM_IO: &[Opnum] = &[(3, "Read", Class::Read), (4, "WriteVQT", Class::Write)];

/// `IOPCBrowse`.
pub(super) const OPC_BROWSE: &[Opnum] = &[
    (3, "GetProperties", Class::Discovery),
    (4, "Browse", Class::Discovery),
];

/// `IOPCItemProperties`.
pub(super) const OPC_ITEM_PROPERTIES: &[Opnum] = &[
    (3, "QueryAvailableProperties", Class::Discovery),
    (4, "GetItemProperties", Class::Discovery),
    (5, "LookupItemIDs", Class::Discovery),
];

/// `IOPCEventServer` (OPC Alarms and Events 1.10).
pub(super) const OPC_EVENT_SERVER: &[Opnum] = &[
    (3, "GetStatus", Class::Diagnostic),
    (4, "CreateEventSubscription", Class::Session),
    (5, "QueryAvailableFilters", Class::Discovery),
    (6, "QueryEventCategories", Class::Discovery),
    (7, "QueryConditionNames", Class::Discovery),
    (8, "QuerySubConditionNames", Class::Discovery),
    (9, "QuerySourceConditions", Class::Discovery),
    (10, "QueryEventAttributes", Class::Discovery),
    (11, "TranslateToItemIDs", Class::Discovery),
    (12, "GetConditionState", Class::Read),
    (13, "EnableConditionByArea", Class::Config),
    (14, "EnableConditionBySource", Class::Config),
    (15, "DisableConditionByArea", Class::Config),
    (16, "DisableConditionBySource", Class::Config),
    (17, "AckCondition", Class::Write),
    (18, "CreateAreaBrowser", Class::Discovery),
];

/// OPC Data Access 3.00, 4.5.
pub(super) const OPC_ITEM_MGT: &[Opnum] = &[
    (3, "AddItems", Class::Session),
    (4, "ValidateItems", Class::Discovery),
    (5, "RemoveItems", Class::Session),
];

/// OPC Data Access 3.00, 4.6: calls from the server.
pub(super) const OPC_CALLBACK: &[Opnum] = &[
    (3, "OnDataChange", Class::Event),
    (4, "OnReadComplete", Class::Event),
    (5, "OnWriteComplete", Class::Event),
    (6, "OnCancelComplete", Class::Event),
];

/// OPC Common 1.10, 5.
pub(super) const OPC_SERVER_LIST: &[Opnum] = &[
    (3, "EnumClassesOfCategories", Class::Discovery),
    (4, "GetClassDetails", Class::Discovery),
    (5, "CLSIDFromProgID", Class::Discovery),
];

/// Name and kind of an operation.
pub(super) fn find(table: &[Opnum], number: u16) -> Option<(&'static str, Class)> {
    let row = table.iter().find(|(known, ..)| *known == number);
    row.map(|(_, name, class)| (*name, *class))
}
