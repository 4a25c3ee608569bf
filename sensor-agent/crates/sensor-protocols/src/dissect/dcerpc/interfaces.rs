//! Interfaces of remote procedures by UUID, and their operations by number.
//!
//! Sources: the interface definitions in MS-SCMR (svcctl), MS-TSCH (atsvc, sasec, `ITaskSchedulerService`),
//! MS-SAMR, MS-LSAD and MS-LSAT (lsarpc), MS-SRVS, MS-WKST, MS-RRP (winreg), MS-RPRN and MS-PAR (printing),
//! MS-DRSR (drsuapi), MS-NRPC (netlogon), MS-DCOM (activation, object exporter), MS-WMI, MS-RSP (shutdown),
//! MS-EVEN (eventlog), C706 (endpoint mapper, management); OPC Foundation: OPC Data Access 3.00, Alarms and
//! Events 1.10, Historical Data Access 1.20, Common 1.10 (their IDL).

use super::operations::{self, Opnum};
use super::uuid::Uuid;

/// How a response of an interface says how the call ended: its last four octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returns {
    /// An error of Windows (MS-ERREF 2.2).
    Win32,
    /// A status of NT (MS-ERREF 2.3).
    NtStatus,
    /// A result of COM (MS-ERREF 2.1).
    Hresult,
    /// Nothing that is read here.
    Other,
}

/// An interface.
#[derive(Debug)]
pub(super) struct Interface {
    pub(super) uuid: Uuid,
    /// Its number in the code of an operation; it never changes.
    pub(super) number: u16,
    pub(super) name: &'static str,
    pub(super) returns: Returns,
    pub(super) operations: &'static [Opnum],
}

macro_rules! interfaces {
    ($($number:literal $uuid:literal $name:literal $returns:ident $operations:ident,)*) => {
        &[$(Interface {
            uuid: Uuid::of($uuid),
            number: $number,
            name: $name,
            returns: Returns::$returns,
            operations: operations::$operations,
        },)*]
    };
}

const INTERFACES: &[Interface] = interfaces! {
    1 0x367abb81_9844_35f1_ad32_98f038001003 "svcctl" Win32 SVCCTL,
    2 0x1ff70682_0a51_30e8_076d_740be8cee98b "atsvc" Win32 ATSVC,
    3 0x86d35949_83c9_4044_b424_db363231fd0c "ITaskSchedulerService" Hresult TASK_SCHEDULER,
    4 0x378e52b0_c0a9_11cf_822d_00aa0051e40f "sasec" Hresult NONE,
    5 0x12345778_1234_abcd_ef00_0123456789ac "samr" NtStatus SAMR,
    6 0x12345778_1234_abcd_ef00_0123456789ab "lsarpc" NtStatus LSARPC,
    7 0x4b324fc8_1670_01d3_1278_5a47bf6ee188 "srvsvc" Win32 SRVSVC,
    8 0x6bffd098_a112_3610_9833_46c3f87e345a "wkssvc" Win32 NONE,
    9 0x338cd001_2244_31f1_aaaa_900038001003 "winreg" Win32 WINREG,
    10 0x12345678_1234_abcd_ef00_0123456789ab "spoolss" Win32 SPOOLSS,
    11 0x76f03f96_cdfd_44fc_a22c_64950a001209 "IRemoteWinspool" Win32 NONE,
    12 0xe3514235_4b06_11d1_ab04_00c04fc2dcd2 "drsuapi" Win32 DRSUAPI,
    13 0x12345678_1234_abcd_ef00_01234567cffb "netlogon" NtStatus NETLOGON,
    14 0xe1af8308_5d1f_11c9_91a4_08002b14a0fa "epmapper" Other EPMAPPER,
    15 0xafa8bd80_7d8a_11c9_bef4_08002b102989 "mgmt" Other NONE,
    16 0x000001a0_0000_0000_c000_000000000046 "IRemoteSCMActivator" Hresult ACTIVATOR,
    17 0x4d9f4ab8_7d1c_11cf_861e_0020af6e7c57 "IActivation" Hresult ACTIVATION,
    18 0x99fcfec4_5260_101b_bbcb_00aa0021347a "IObjectExporter" Other OBJECT_EXPORTER,
    19 0x00000131_0000_0000_c000_000000000046 "IRemUnknown" Hresult REM_UNKNOWN,
    20 0x00000143_0000_0000_c000_000000000046 "IRemUnknown2" Hresult REM_UNKNOWN,
    21 0x00000000_0000_0000_c000_000000000046 "IUnknown" Hresult NONE,
    22 0x00020400_0000_0000_c000_000000000046 "IDispatch" Hresult NONE,
    23 0x9556dc99_828c_11cf_a37e_00aa003240c7 "IWbemServices" Hresult WBEM_SERVICES,
    24 0xf309ad18_d86a_11d0_a075_00c04fb68820 "IWbemLevel1Login" Hresult WBEM_LOGIN,
    25 0xd4781cd6_e5d3_44df_ad94_930efe48a887 "IWbemLoginClientID" Hresult NONE,
    26 0x027947e1_d731_11ce_a357_000000000001 "IEnumWbemClassObject" Hresult NONE,
    27 0x1c1c45ee_4395_11d2_b60b_00104b703efd "IWbemFetchSmartEnum" Hresult NONE,
    28 0x423ec01e_2e35_11d2_b604_00104b703efd "IWbemWCOSmartEnum" Hresult NONE,
    29 0x894de0c0_0d55_11d3_a322_00c04fa321a1 "InitShutdown" Win32 SHUTDOWN,
    30 0xd95afe70_a6d5_4259_822e_2c84da1ddb0d "WindowsShutdown" Win32 SHUTDOWN,
    31 0x82273fdc_e32a_18c3_3f78_827929dc23ea "eventlog" NtStatus EVENTLOG,
    32 0x4fc742e0_4a10_11cf_8273_00aa004ae673 "netdfs" Win32 NONE,
    33 0xc681d488_d850_11d0_8c52_00c04fd90f7e "efsrpc" Win32 NONE,
    34 0xdf1941c5_fe89_4e79_bf10_463657acf44d "efsrpc" Win32 NONE,
    35 0x3919286a_b10c_11d0_9ba8_00c04fd92ef5 "dssetup" Win32 NONE,
    36 0x50abc2a4_574d_40b3_9d66_ee4fd5fba076 "dnsserver" Win32 NONE,
    37 0x8d9f4e40_a03d_11ce_8f69_08003e30051b "pnp" Win32 NONE,
    38 0x17fdd703_1827_4e34_79d4_24a55c53bb37 "msgsvc" Win32 NONE,
    39 0x3dde7c30_165d_11d1_ab8f_00805f14db40 "BackupKey" Win32 NONE,
    40 0x91ae6020_9e3c_11cf_8d7c_00aa00c091be "ICertPassage" Hresult NONE,
    41 0xf5cc59b4_4264_101a_8c59_08002b2f8426 "FrsRpc" Win32 NONE,
    42 0x6bffd098_a112_3610_9833_012892020162 "browser" Win32 NONE,
    // OPC.
    64 0x39c13a4d_011e_11d0_9675_0020afd8adb3 "IOPCServer" Hresult OPC_SERVER,
    65 0x39c13a4e_011e_11d0_9675_0020afd8adb3 "IOPCServerPublicGroups" Hresult NONE,
    66 0x39c13a4f_011e_11d0_9675_0020afd8adb3 "IOPCBrowseServerAddressSpace" Hresult OPC_BROWSE_SPACE,
    67 0x39c13a50_011e_11d0_9675_0020afd8adb3 "IOPCGroupStateMgt" Hresult NONE,
    68 0x39c13a51_011e_11d0_9675_0020afd8adb3 "IOPCPublicGroupStateMgt" Hresult NONE,
    69 0x39c13a52_011e_11d0_9675_0020afd8adb3 "IOPCSyncIO" Hresult OPC_SYNC_IO,
    70 0x39c13a53_011e_11d0_9675_0020afd8adb3 "IOPCAsyncIO" Hresult OPC_ASYNC_IO,
    71 0x39c13a54_011e_11d0_9675_0020afd8adb3 "IOPCItemMgt" Hresult OPC_ITEM_MGT,
    72 0x39c13a55_011e_11d0_9675_0020afd8adb3 "IEnumOPCItemAttributes" Hresult NONE,
    73 0x39c13a70_011e_11d0_9675_0020afd8adb3 "IOPCDataCallback" Hresult OPC_CALLBACK,
    74 0x39c13a71_011e_11d0_9675_0020afd8adb3 "IOPCAsyncIO2" Hresult OPC_ASYNC_IO2,
    75 0x39c13a72_011e_11d0_9675_0020afd8adb3 "IOPCItemProperties" Hresult OPC_ITEM_PROPERTIES,
    76 0x5946da93_8b39_4ec8_ab3d_aa73df5bc86f "IOPCItemDeadbandMgt" Hresult NONE,
    77 0x3e22d313_f08b_41a5_86c8_95e95cb49ffc "IOPCItemSamplingMgt" Hresult NONE,
    78 0x39227004_a18f_4b57_8b0a_5235670f4468 "IOPCBrowse" Hresult OPC_BROWSE,
    79 0x85c0b427_2893_4cbc_bd78_e5fc5146f08f "IOPCItemIO" Hresult OPC_ITEM_IO,
    80 0x730f5f0f_55b1_4c81_9e18_ff8a0904e1fa "IOPCSyncIO2" Hresult OPC_SYNC_IO,
    81 0x0967b97b_36ef_423e_b6f8_6bff1e40d39d "IOPCAsyncIO3" Hresult OPC_ASYNC_IO2,
    82 0x8e368666_d72e_4f78_87ed_647611c61c9f "IOPCGroupStateMgt2" Hresult NONE,
    83 0x13486d50_4821_11d2_a494_3cb306c10000 "IOPCServerList" Hresult OPC_SERVER_LIST,
    84 0x9dd0b56c_ad9e_43ee_8305_487f3188bf7a "IOPCServerList2" Hresult OPC_SERVER_LIST,
    85 0x55c382c8_21c7_4e88_96c1_becfb1e3f483 "IOPCEnumGUID" Hresult NONE,
    86 0xf31dfde1_07b6_11d2_b2d8_0060083ba1fb "IOPCShutdown" Hresult NONE,
    87 0xf31dfde2_07b6_11d2_b2d8_0060083ba1fb "IOPCCommon" Hresult NONE,
    88 0x65168851_5783_11d1_84a0_00608cb8a7e9 "IOPCEventServer" Hresult OPC_EVENT_SERVER,
    89 0x1f1217b0_dee0_11d2_a5e5_000086339399 "IOPCHDA_Server" Hresult NONE,
};

/// The interface with a UUID.
pub(super) fn find(uuid: Uuid) -> Option<&'static Interface> {
    INTERFACES.iter().find(|row| row.uuid == uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No operation that writes may hide behind `call`: every interface for items has its own numbers.
    #[test]
    fn every_way_to_write_an_item_of_opc_is_known() {
        use crate::observation::OperationClass::Write;
        for (name, numbers) in [
            ("IOPCSyncIO", &[4_u16][..]),
            ("IOPCSyncIO2", &[4, 6]),
            ("IOPCAsyncIO", &[4]),
            ("IOPCAsyncIO2", &[4]),
            ("IOPCAsyncIO3", &[4, 10]),
            ("IOPCItemIO", &[4]),
        ] {
            let row = INTERFACES.iter().find(|row| row.name == name).unwrap();
            for number in numbers {
                let found = operations::find(row.operations, *number);
                assert_eq!(
                    found.map(|(_, class)| class),
                    Some(Write),
                    "{name} {number}"
                );
            }
        }
    }

    #[test]
    fn operations_are_unique_and_ascending() {
        for row in INTERFACES {
            assert!(
                row.operations.is_sorted_by(|a, b| a.0 < b.0),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn numbers_are_unique_and_ascending() {
        assert!(INTERFACES.is_sorted_by(|a, b| a.number < b.number));
        let mut uuids: Vec<_> = INTERFACES.iter().map(|row| row.uuid).collect();
        uuids.sort_unstable();
        uuids.dedup();
        assert_eq!(uuids.len(), INTERFACES.len());
    }
}
