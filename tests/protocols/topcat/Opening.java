import java.net.URL;
import uk.ac.starlink.util.ContentCoding;
import uk.ac.starlink.vo.Capability;
import uk.ac.starlink.vo.AuxServiceFinder;
import uk.ac.starlink.vo.ColumnMeta;
import uk.ac.starlink.vo.DaliExampleReader;
import uk.ac.starlink.vo.ForeignMeta;
import uk.ac.starlink.vo.RegCapabilityInterface;
import uk.ac.starlink.vo.RegResource;
import uk.ac.starlink.vo.RegTapRegistryQuery;
import uk.ac.starlink.vo.ResourceField;
import uk.ac.starlink.vo.SchemaMeta;
import uk.ac.starlink.vo.TableMeta;
import uk.ac.starlink.vo.TapCapabilitiesDoc;
import uk.ac.starlink.vo.TapCapability;
import uk.ac.starlink.vo.TapLanguage;
import uk.ac.starlink.vo.TapLanguageFeature;
import uk.ac.starlink.vo.TapMetaPolicy;
import uk.ac.starlink.vo.TapMetaReader;
import uk.ac.starlink.vo.TapService;
import uk.ac.starlink.vo.TapServiceFinder;
import uk.ac.starlink.vo.TapServices;

/**
 * Opens a TAP service with the classes of TOPCAT, and prints what they see.
 *
 * Arguments: the URL of the service, a schema whose tables are read whole, a word of
 * the title of its resource. Fields of a line are separated by tabs.
 */
public class Opening {

    public static void main(String[] args) throws Exception {
        TapService tap = TapServices.createDefaultTapService(new URL(args[0]));
        tellCapabilities(tap);
        for (TapMetaPolicy policy : TapMetaPolicy.getStandardInstances()) {
            tellTables(policy, tap, args[1]);
        }
        Object examples = new DaliExampleReader().readExamples(tap.getExamplesEndpoint());
        tell("examples", java.lang.reflect.Array.getLength(examples));
        tellServices(tap);
        tellResources(tap, Capability.CONE, args[2]);
        tellResources(tap, Capability.SSA, args[2]);
    }

    static void tellCapabilities(TapService tap) throws Exception {
        URL url = tap.getCapabilitiesEndpoint();
        TapCapability can = TapCapabilitiesDoc.readCapabilities(url).getTapCapability();
        for (TapLanguage language : can.getLanguages()) {
            for (java.util.Map.Entry<?, TapLanguageFeature[]> known
                    : language.getFeaturesMap().entrySet()) {
                tell("feature", known.getKey(), known.getValue().length);
            }
        }
        tell("limits", can.getOutputLimits().length, can.getUploadLimits().length,
             can.getExecutionLimits().length, can.getRetentionLimits().length);
        tell("offers", can.getUploadMethods().length, can.getOutputFormats().length,
             can.getDataModels().length);
    }

    static void tellTables(TapMetaPolicy policy, TapService tap, String schemaName)
            throws Exception {
        TapMetaReader reader = policy.createMetaReader(tap, ContentCoding.GZIP);
        int count = 0;
        StringBuilder whole = new StringBuilder();
        SchemaMeta[] schemas = reader.readSchemas();
        for (SchemaMeta schema : schemas) {
            TableMeta[] tables = schema.getTables();
            tables = tables == null ? reader.readTables(schema) : tables;
            count += tables.length;
            for (TableMeta table : tables) {
                if (schema.getName().equals(schemaName)) {
                    ColumnMeta[] columns = table.getColumns();
                    columns = columns == null ? reader.readColumns(table) : columns;
                    ForeignMeta[] keys = table.getForeignKeys();
                    keys = keys == null ? reader.readForeignKeys(table) : keys;
                    whole.append(table.getName() + " " + columns.length + " "
                                 + keys.length + ";");
                }
            }
        }
        tell("policy", policy.getName(), schemas.length, count, whole);
    }

    static void tellServices(TapService tap) throws Exception {
        TapServiceFinder finder = new AuxServiceFinder(tap, ContentCoding.GZIP);
        for (TapServiceFinder.Service found : finder.readAllServices()) {
            tell("service", found.getId(), found.getServiceUrl(), found.getTableCount());
        }
    }

    static void tellResources(TapService tap, Capability wanted, String word)
            throws Exception {
        String where =
            RegTapRegistryQuery.getAdqlCondition(ResourceField.TITLE, word, false);
        RegTapRegistryQuery query =
            new RegTapRegistryQuery(tap, wanted.getStandardIds(), where);
        for (RegResource found : query.getQueryResources()) {
            for (RegCapabilityInterface each : found.getCapabilities()) {
                tell("resource", wanted.getXsiTypeTail(), found.getIdentifier(), each.getAccessUrl());
            }
        }
    }

    static void tell(Object... fields) {
        StringBuilder line = new StringBuilder();
        for (Object field : fields) {
            line.append(line.length() == 0 ? "" : "\t").append(field);
        }
        System.out.println(line);
    }
}
