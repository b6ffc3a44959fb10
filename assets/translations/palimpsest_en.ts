<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
    <context>
        <name>DropTarget</name>
        <message numerus="yes">
            <source>Add %n file(s) to the library</source>
            <translation>
                <numerusform>Add %n file to the library</numerusform>
                <numerusform>Add %n files to the library</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>FailureList</name>
        <message numerus="yes">
            <source>%n file(s) could not be added</source>
            <translation>
                <numerusform>%n file could not be added</numerusform>
                <numerusform>%n files could not be added</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>LibraryPage</name>
        <message numerus="yes">
            <source>%n trace(s) found in the data folder.</source>
            <translation>
                <numerusform>%n trace found in the data folder.</numerusform>
                <numerusform>%n traces found in the data folder.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>TurnView</name>
        <message numerus="yes">
            <source>Context used: %n passage(s)</source>
            <translation>
                <numerusform>Context used: %n passage</numerusform>
                <numerusform>Context used: %n passages</numerusform>
            </translation>
        </message>
    </context>
</TS>
