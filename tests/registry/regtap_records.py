"""Resource records as other registries write them, made up for tests."""

from lxml import etree

from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.db.regtap_schema import REGTAP
from vo_lcc.tables import Catalog

CONE, TAP = "ivo://org.example.dc/stars/q/cone", "ivo://org.example.dc/tap"
SIA, REGISTRY_ID = "ivo://archive.example.edu/siap/xmm-om", "ivo://x.example/registry"
NAMESPACES = {
    "ri": "http://www.ivoa.net/xml/RegistryInterface/v1.0",
    "vr": "http://www.ivoa.net/xml/VOResource/v1.0",
    "vs": "http://www.ivoa.net/xml/VODataService/v1.1",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


def record(
    content: str = "", attributes: str = "", **namespaces: str
) -> etree._Element:
    """A resource; attributes and namespaces are added to those that all have."""
    declared = " ".join(
        f'xmlns:{prefix}="{uri}"' for prefix, uri in (NAMESPACES | namespaces).items()
    )
    return etree.fromstring(
        f"<ri:Resource {declared} {attributes}>{content}</ri:Resource>"
    )


# In the manner of DaCHS: prefixes as everybody has them, coverage, served by TAP.
DACHS = (
    "ivo://org.example.DC/Stars/q/Cone",
    record(
        """
  <title>Proper Motions of Some Stars</title>
  <shortName>stars cone</shortName>
  <identifier>ivo://org.example.DC/Stars/q/Cone</identifier>
  <altIdentifier>doi:10.5072/stars</altIdentifier>
  <curation>
    <publisher ivo-id="ivo://org.Example.dc/org">The Example Data Center</publisher>
    <creator>
      <name>Reylé, C.</name>
      <altIdentifier>http://orcid.org/0000-0000-0000-0001</altIdentifier>
    </creator>
    <creator><name altIdentifier="https://orcid.org/0000-0000-0000-0002"
    >Wielen, R.</name><logo>http://dc.example.org/w.png</logo></creator>
    <contributor>Agdur Inal-Ipa</contributor>
    <date role="creation">2001-02-03</date>
    <date role="updated">2013-03-05T16:19:33</date>
    <version>1.2</version>
    <contact>
      <name>Data Center Team</name>
      <address>Mönchhofstrasse 12,
        Heidelberg</address>
      <email>team@dc.example.org</email>
      <telephone>++49 6221 54 1837</telephone>
    </contact>
  </curation>
  <content>
    <subject>proper-motions</subject><subject>Stars: Nearby</subject>
    <description>The best data for a <!-- given --> star.

      With a typical error of 0.89 mas.</description>
    <source format="Bibcode">2001VeARI..40....1W</source>
    <referenceURL>http://dc.example.org/stars/info</referenceURL>
    <type>Catalog</type><type>Survey</type>
    <contentLevel>Research</contentLevel><contentLevel>University</contentLevel>
    <relationship>
      <relationshipType>served-by</relationshipType>
      <relatedResource ivo-id="ivo://org.example.DC/TAP">TAP here</relatedResource>
      <relatedResource>Another</relatedResource>
    </relationship>
  </content>
  <rights rightsURI="http://spdx.org/licenses/CC0-1.0">Free for all</rights>
  <rights rightsURI="http://example.org/no">Not this</rights>
  <capability standardID="ivo://ivoa.net/std/ConeSearch" xsi:type="cs:ConeSearch">
    <validationLevel validatedBy="ivo://Example.edu/registry">2</validationLevel>
    <description>Positions</description>
    <interface role="std" xsi:type="vs:ParamHTTP" version="1.2Bis">
      <accessURL use="base">http://dc.example.org/stars/scs.xml?</accessURL>
      <accessURL use="base">http://b.example.org/Scs?</accessURL>
      <mirrorURL>http://c.example.org/Scs?</mirrorURL>
      <securityMethod standardID="ivo://ivoa.net/sso#BasicAA"/>
      <securityMethod/>
      <queryType>GET</queryType><queryType>POST</queryType>
      <resultType>Application/X-VOTable+xml</resultType>
      <testQueryString>RA=4.6&amp;DEC=19.69</testQueryString>
      <param std="true" use="required">
        <name>RA</name><description>Right Ascension</description>
        <unit>deg</unit><ucd>Pos.eq.ra</ucd><dataType>Real</dataType>
      </param>
    </interface>
    <maxSR>180.0</maxSR><verbosity>true</verbosity>
    <testQuery><ra>9.25</ra><dec>-3.1</dec></testQuery>
  </capability>
  <capability standardID="ivo://ivoa.net/std/TAP#aux">
    <interface role="std" xsi:type="vs:ParamHTTP">
      <accessURL use="base">http://dc.example.org/tap</accessURL>
    </interface>
  </capability>
  <capability>
    <interface xsi:type="vr:WebBrowser">
      <accessURL use="full">http://dc.example.org/stars/form</accessURL>
      <securityMethod standardID="ivo://ivoa.net/sso#BasicAA"/>
    </interface>
  </capability>
  <facility>A Telescope</facility>
  <instrument ivo-id="ivo://org.example/Tel">A Camera</instrument>
  <coverage>
    <spatial>6/1-3 5/20</spatial>
    <temporal>50000 50100</temporal><temporal>51000.5 51000.25</temporal>
    <spectral>3e-19 5e-19</spectral>
    <waveband>Optical</waveband><waveband>Infrared</waveband>
    <footprint ivo-id="ivo://org.example/fp">http://dc.example.org/fp</footprint>
    <regionOfRegard>0.01</regionOfRegard>
  </coverage>
  <tableset>
    <schema>
      <name>Stars</name><title>Stars</title><utype>Fan:Ta.sy</utype>
      <table type="Base_Table">
        <name>Stars.Main</name><description>Quasars are none of these</description>
        <utype>ivo://ivoa.net/std/EPNTAP#table-2.1</utype>
        <column std="true">
          <name>raJ2000</name><description>Right ascension</description>
          <unit>deg</unit><ucd>POS.EQ.RA</ucd><utype>Stc:Lon</utype>
          <dataType xsi:type="vod:VOTableType" arraysize="1" delim=","
            extendedType="x" extendedSchema="y">Double</dataType>
          <flag>indexed</flag><flag>primary</flag>
        </column>
      </table>
      <table type="output"><name>Stars.Out</name></table>
    </schema>
  </tableset>
""",
        'xsi:type="vs:CatalogService" status="active" created="2010-11-03T10:13:00Z"'
        ' updated="2013-03-05T16:19:33"',
        cs="http://www.ivoa.net/xml/ConeSearch/v1.0",
        vod="http://www.ivoa.net/xml/VODataService/v1.0",
    ),
)

# In the manner of MAST: prefixes of its own, old minor versions, old STC coverage.
MAST = (
    "ivo://Archive.example.edu/siap/xmm-om",
    record(
        """
  <validationLevel validatedBy="ivo://archive.example.edu/Registry">2</validationLevel>
  <title>Optical Monitor images</title>
  <shortName>XMM-OM</shortName>
  <identifier>ivo://Archive.example.edu/siap/xmm-om</identifier>
  <curation>
    <publisher>  MAST
    </publisher>
    <creator><name>ESA</name></creator>
    <contact><name/><email>archive@example.edu</email></contact>
  </curation>
  <content>
    <subject>Optical  Astronomy</subject>
    <subject> </subject>
    <description>Images with 1 arcsec resolution</description>
    <referenceURL>http://archive.example.edu/xmm-om/ </referenceURL>
    <relationship>
      <relationshipType>related-to</relationshipType>
      <relatedResource ivo-id="ivo://org.example.dc/stars/q/cone">Cone</relatedResource>
    </relationship>
  </content>
  <capability xsi:type="sia1:SimpleImageAccess" standardID="ivo://ivoa.net/std/SIA">
    <interface xsi:type="vdata:ParamHTTP" role="std" version="1.0">
      <accessURL use="base">http://archive.example.edu/siap?id=OM&amp;</accessURL>
    </interface>
    <imageServiceType>Pointed</imageServiceType>
    <maxImageSize><lat>10</lat><long>20</long></maxImageSize>
    <testQuery><pos><long>326.6</long><lat>-21.3</lat></pos></testQuery>
  </capability>
  <coverage>
    <stc:STCResourceProfile><stc:AllSky/></stc:STCResourceProfile>
    <waveband>UV</waveband>
  </coverage>
  <catalog/>
  <table><name>xmm-om</name><column><name>A</name></column></table>
""",
        'xsi:type="vdata:CatalogService" status="active" created="2012-02-02T18:36:16Z"'
        ' updated="2012-02-02T13:36:16.25-05:00"',
        vdata="http://www.ivoa.net/xml/VODataService/v1.0",
        sia1="http://www.ivoa.net/xml/SIA/v1.1",
        stc="http://www.ivoa.net/xml/STC/stc-v1.30.xsd",
    ),
)

# In the manner of CADC: a TAP service that lists tables others describe better.
CADC = (
    "ivo://org.example.dc/tap",
    record(
        """
  <title>Example TAP service</title>
  <identifier>ivo://org.example.dc/tap</identifier>
  <content><subject>virtual-observatories</subject></content>
  <capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tap:TableAccess">
    <interface role="std" xsi:type="vs:ParamHTTP" version="1.1">
      <accessURL use="base">http://dc.example.org/tap</accessURL>
    </interface>
    <dataModel ivo-id="ivo://ivoa.net/std/RegTAP#1.2">Registry 1.2</dataModel>
    <dataModel ivo-id="ivo://ivoa.net/std/ObsCore#core-1.1">ObsCore-1.1</dataModel>
    <language><name>ADQL</name>
      <version ivo-id="ivo://ivoa.net/std/ADQL#v2.1">2.1</version></language>
    <outputFormat ivo-id="ivo://ivoa.net/std/TAPRegExt#output-votable-td">
      <mime>text/xml</mime><alias>votable</alias></outputFormat>
    <uploadMethod ivo-id="ivo://ivoa.net/std/TAPRegExt#upload-inline"/>
    <outputLimit><default unit="row">2000</default></outputLimit>
  </capability>
  <tableset><schema><name>stars</name>
    <table><name>Stars.Main</name><title>As TAP has it</title></table>
    <table><name>ivoa.obscore</name><title>Observations</title></table>
  </schema></tableset>
""",
        'xsi:type="vs:CatalogService" status="active"',
        tap="http://www.ivoa.net/xml/TAPRegExt/v1.0",
    ),
)

# A registry, with the default namespace where there should be none.
REGISTRY = (
    "ivo://x.example/registry",
    etree.fromstring(
        """
<Resource xmlns="http://www.ivoa.net/xml/RegistryInterface/v1.0" status="active"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="g:Registry"
  xmlns:g="http://www.ivoa.net/xml/VORegistry/v1.0">
  <title>A Registry</title>
  <capability standardID="ivo://ivoa.net/std/Registry" xsi:type="g:Harvest">
    <interface xsi:type="g:OAIHTTP" role="std">
      <accessURL>http://x.example/oai</accessURL></interface>
    <maxRecords>200</maxRecords>
  </capability>
  <full>false</full>
  <managedAuthority>x.example</managedAuthority>
  <managedAuthority>y.example</managedAuthority>
</Resource>"""
    ),
)

FOREIGN = (DACHS, MAST, CADC, REGISTRY)


ONLY_RR = Catalog((REGTAP,))


def ask(database: Database, query: str, catalog: Catalog = ONLY_RR) -> list[tuple]:
    """The rows of an ADQL query."""
    return database.fetch(compile_query(query, catalog).sql.replace("%", "%%"))
